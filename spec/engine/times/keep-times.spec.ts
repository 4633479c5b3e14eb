import { expect } from 'chai';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { keepTimes } from '../../../lib/engine/times/keep-times.ts';
import { readSlots, readTypes, readVersions } from '../../../lib/engine/times/read-times.ts';
import { rowOfType } from '../../../lib/engine/times/spans.ts';
import { TimeTally } from '../../../lib/engine/times/time-tally.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { attemptOf, timed } from '../../support/times.ts';

const DAY_MS = 86_400_000;

describe('keeping how long jobs took', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const keep = (tally: TimeTally, version: string | null = null): Promise<void> =>
    keepTimes(engine, tally, version);
  const redisNow = async (): Promise<number> => Number((await engine.client.time())[0]) * 1_000;
  const succeededIn = async (row: string, span: 'hour' | 'day' | '90days' = '90days'): Promise<number> => {
    const slots = await readSlots(engine, row, { span, now: await redisNow() });
    return slots.reduce((sum, { counts }) => sum + (counts[0] ?? 0), 0);
  };
  const tallyOf = (type: string, times: number): TimeTally =>
    timed(...Array.from({ length: times }, () => type));

  it('adds up what workers tell, of each type and of all, in every span', async () => {
    await keep(timed('a', 'b'));
    await keep(timed('a'));

    for (const span of ['hour', 'day', '90days'] as const) {
      expect(await succeededIn('all', span), span).to.equal(3);
      expect(await succeededIn(rowOfType('a'), span), span).to.equal(2);
      expect(await succeededIn(rowOfType('b'), span), span).to.equal(1);
      expect(await succeededIn('rest', span), span).to.equal(0);
    }
    expect(await readTypes(engine)).to.deep.equal(['a', 'b']);
  });

  it('asks nothing of Redis where nothing ended', async () => {
    await keep(new TimeTally(), 'v1');

    expect(await engine.client.exists(engine.keys.times, engine.keys.timedVersions)).to.equal(0);
  });

  it('keeps twenty types by themselves, and counts all others together', async () => {
    await keep(timed(...Array.from({ length: 30 }, (_, at) => `type-${at}`)));

    expect((await readTypes(engine)).length).to.equal(20);
    expect(await succeededIn('all')).to.equal(30);
    const own = await Promise.all((await readTypes(engine)).map((type) => succeededIn(rowOfType(type))));
    expect(own.reduce((sum, one) => sum + one, 0) + (await succeededIn('rest'))).to.equal(30);
  });

  it('lets a busy type in for one that is not, of which nothing is left', async () => {
    for (const at of Array.from({ length: 20 }).keys()) await keep(tallyOf(`type-${at}`, at + 2));

    await keep(tallyOf('busy', 50), 'v1');

    const types = await readTypes(engine);
    expect(types).to.include('busy').and.not.to.include('type-0');
    expect(types.length).to.equal(20);
    expect(await succeededIn(rowOfType('busy'))).to.equal(50);
    const fields = await engine.client.hkeys(engine.keys.times);
    expect(fields.filter((field) => field.endsWith(':type:type-0'))).to.deep.equal([]);
  });

  it('keeps the busy ones, however many names come that nobody has heard of', async () => {
    await keep(tallyOf('real', 500));

    for (let round = 0; round < 20; round++)
      await keep(timed(...Array.from({ length: 40 }, (_, at) => `junk-${round}-${at}`)));

    expect(await readTypes(engine)).to.include('real');
    const rows = new Set(
      (await engine.client.hkeys(engine.keys.times)).map((field) => field.split(':').slice(2).join(':')),
    );
    expect(rows.size).to.be.at.most(22);
    expect(await succeededIn('all')).to.equal(1_300);
  });

  it('forgets slots that nobody can ask for any more', async () => {
    const old = Math.floor((await redisNow()) / DAY_MS) - 90;
    await engine.client.hset(engine.keys.times, {
      [`90days:${old}:all`]: '[[0,1],{}]',
      'hour:5:all': '[]',
      odd: 'x',
    });

    await keep(timed('a'));

    const fields = await engine.client.hkeys(engine.keys.times);
    expect(fields.length).to.equal(6);
    expect(fields).not.to.include('odd');
  });

  it('begins anew where what is kept cannot be read', async () => {
    const today = Math.floor((await redisNow()) / DAY_MS);
    for (const nonsense of [
      '',
      '{',
      'null',
      '7',
      '"x"',
      '[[0,"many",5],7]',
      '[{"a":1},[["x"],7]]',
      '[[1e400]]',
      '[[0.5,1,2,1e309],[[1e309,"a",1],[1,{},1],[1,"a",[[]]]]]',
    ]) {
      await engine.client.del(engine.keys.times);
      for (const day of [today, today + 1])
        await engine.client.hset(engine.keys.times, `90days:${day}:all`, nonsense);
      const ends = `{"first":1e309,"ends":{"all":${nonsense === '' ? 1 : nonsense}}}`;
      await engine.client.hset(engine.keys.timedVersions, { v1: nonsense, v2: ends });

      expect(await readVersions(engine, 'all'), nonsense).to.be.an('array');
      await keep(timed('a'), 'v1');
      await keep(timed('a'), 'v2');

      expect(await succeededIn('all'), nonsense).to.equal(2);
    }
  });

  it('counts again what could not be kept', async () => {
    const tally = timed('a');
    await engine.client.set(engine.keys.times, 'no hash');
    await keep(tally).then(
      () => expect.fail('it was kept'),
      (error: Error) => expect(error.message).to.include('holds a string, not a hash'),
    );
    expect(await engine.client.exists(engine.keys.timedTypes)).to.equal(0);
    await engine.client.del(engine.keys.times);

    await keep(tally);

    expect(await succeededIn('all')).to.equal(1);
  });

  it('tells how the jobs of each version ended, the last ten versions alone', async () => {
    for (let at = 0; at < 12; at++) await keep(timed('a', 'a', 'b'), `v${at}`);
    const tally = timed('b');
    tally.note('b', attemptOf({ as: 'failed' }));
    await keep(tally, 'v11');

    const versions = await readVersions(engine, rowOfType('b'));

    expect(await engine.client.hlen(engine.keys.timedVersions)).to.equal(10);
    expect(versions.find(({ version }) => version === 'v11')).to.include({
      succeeded: 2,
      failed: 1,
      retried: 0,
    });
    expect((await readVersions(engine, 'all')).find(({ version }) => version === 'v11')).to.include({
      succeeded: 4,
    });
  });

  it('takes a version for a name, whatever it is', async () => {
    for (const version of ['__proto__', 'constructor', '</script>', '%00', 'ü'.repeat(50)]) {
      await keep(timed('a'), version);
      const [read] = (await readVersions(engine, 'all')).filter((one) => one.version === version);
      expect(read, version).to.include({ succeeded: 1 });
    }
  });

  it('ends by itself, and with the queue', async () => {
    await keep(timed('a'), 'v1');
    const { times, timedTypes, timedVersions } = engine.keys;
    for (const key of [times, timedTypes, timedVersions])
      expect(await engine.client.pttl(key)).to.be.within(90 * DAY_MS, 91 * DAY_MS);

    await deleteQueue(engine, { force: true });

    expect(await engine.client.exists(times, timedTypes, timedVersions)).to.equal(0);
  });
});
