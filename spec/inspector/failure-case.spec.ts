import { expect } from 'chai';
import type { Outcome } from '../../lib/engine/record/settlement.ts';
import type { Session, Taken } from '../../lib/engine/session/session.ts';
import { stepsOf } from '../../lib/inspector/failure-case.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine, settle, take } from '../support/engine.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';

const NEVER = 'f'.repeat(16);

describe('inspector.failures.case', () => {
  let engine: SpecEngine;
  let session: Session;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
  });
  afterEach(() => engine.close());

  /** Lets a job fail for good. */
  const fail = async (id: string, message: string, options: { key?: string } = {}): Promise<void> => {
    await engine.save(id, { type: 'mail', ...options });
    const [taken] = (await take(session, 1)) as [Taken];
    const outcome: Outcome = { kind: 'failed', error: new Error(message), as: 'failed' };
    await settle(session, [taken, outcome]);
  };
  const fingerprint = async (): Promise<string> =>
    (await inspector.failures.groups(queue)).groups[0]?.fingerprint ?? '';
  const read = async () => inspector.failures.case(queue, await fingerprint());
  const mark = async (order: unknown) =>
    // What callers without types hand over is a part of what is tried.
    inspector.failures.mark(queue, await fingerprint(), order as { verdict: 'open' }, 'ada');

  it('tells when, where and to which jobs it happened', async () => {
    await fail('a', 'mailbox 1 full', { key: 'tenant-1' });
    await fail('b', 'no route');
    await fail('c', 'mailbox 2 full', { key: 'tenant-1' });
    await fail('d', 'mailbox 3 full', { key: 'tenant-2' });

    const found = await read();

    expect(found).to.include({ state: 'open', mark: null, count: 3, scanned: 4, total: 4, type: 'mail' });
    expect(found?.newest.map(({ id, attempts }) => [id, attempts])).to.deep.equal([
      ['d', 1],
      ['c', 1],
      ['a', 1],
    ]);
    expect(found?.keys).to.deep.equal({
      names: [
        { name: 'tenant-1', count: 2 },
        { name: 'tenant-2', count: 1 },
      ],
      others: 0,
    });
    expect(found?.hosts.names.map(({ count }) => count)).to.deep.equal([3]);
    expect(found?.versions).to.deep.equal({ names: [], others: 0 });
    expect(found?.example).to.include({ name: 'Error', message: 'mailbox 3 full', attempt: 1 });
    expect(found?.example?.stack).to.include('failure-case.spec');
    expect(found?.times.steps.reduce((sum, { count }) => sum + count, 0)).to.equal(3);
    expect(found?.firstAt).to.equal(Number(await engine.client.zscore(engine.keys.failedOrder, 'a')));
    expect(found?.lastAt).to.equal(Number(await engine.client.zscore(engine.keys.failedOrder, 'd')));
  });

  it('is null where no job failed so, and where it cannot be a kind', async () => {
    await fail('a', 'full');

    for (const none of [NEVER, '', '__proto__', '*', '\ud800'])
      expect(await inspector.failures.case(queue, none)).to.equal(null);
  });

  it('looks at as many as it is told, and says so', async () => {
    await fail('a', 'full');
    await fail('b', 'full');
    const known = await fingerprint();

    const found = await inspector.failures.case(queue, known, { most: 1 });

    expect(found).to.include({ count: 1, scanned: 1, total: 2 });
    const error = await rejection(inspector.failures.case(queue, known, { most: 0 }));
    expect(error).to.include({ code: 'JOB_INVALID' });
  });

  it('is ignored, with a note, whatever comes', async () => {
    await fail('a', 'full');
    await mark({ verdict: 'ignored', note: 'their side' });
    await fail('b', 'full');

    const found = await read();

    expect(found).to.include({ state: 'ignored', count: 2 });
    expect(found?.mark).to.include({ verdict: 'ignored', note: 'their side', by: 'ada', version: null });
    expect((await inspector.failures.groups(queue)).groups[0]).to.deep.include({
      state: 'ignored',
      mark: found?.mark,
    });
  });

  it('is resolved until it is seen again', async () => {
    await fail('a', 'full');
    await mark({ verdict: 'resolved', version: '1.4.2' });
    const before = await read();
    const isLater = async () =>
      Number((await engine.client.time()).join('').slice(0, 13)) > (before?.mark?.at ?? 0);
    await until(isLater, 'the clock of Redis has gone on');
    await fail('b', 'full');

    const after = await read();

    expect(before).to.include({ state: 'resolved' });
    expect(before?.mark?.version).to.equal('1.4.2');
    expect(after).to.include({ state: 'reopened' });
  });

  it('is told also when none of its jobs is kept any more', async () => {
    await fail('a', 'full');
    const known = await fingerprint();
    await mark({ verdict: 'resolved' });
    await inspector.remove(queue, 'a');

    const found = await inspector.failures.case(queue, known);

    expect(found).to.include({ state: 'resolved', count: 0, firstAt: null, lastAt: null, example: null });
  });

  it('keeps its note unless another is given, and has none when that is null', async () => {
    await fail('a', 'full');
    await mark({ verdict: 'ignored', note: 'their side' });
    await mark({ verdict: 'resolved' });
    const kept = (await read())?.mark;
    await mark({ verdict: 'open' });
    const open = (await read())?.mark;
    await mark({ verdict: 'open', note: null });

    expect(kept).to.include({ verdict: 'resolved', note: 'their side' });
    expect(open).to.include({ verdict: 'open', note: 'their side' });
    expect((await read())?.mark).to.equal(null);
    expect(await engine.client.exists(engine.keys.caseMarks)).to.equal(0);
  });

  for (const [order, at] of [
    [{ verdict: 'gone' }, 'verdict'],
    [{}, 'verdict'],
    [null, ''],
    [{ verdict: 'ignored', note: '' }, 'note'],
    [{ verdict: 'ignored', note: 'x'.repeat(501) }, 'note'],
    [{ verdict: 'ignored', note: 'half \ud800' }, 'note'],
    [{ verdict: 'ignored', note: 7 }, 'note'],
    [{ verdict: 'resolved', version: 'two words' }, 'version'],
    [{ verdict: 'resolved', note: 'x', nte: 1 }, 'nte'],
  ] as const)
    it(`refuses ${JSON.stringify(order)?.slice(0, 60)}`, async () => {
      await fail('a', 'full');

      const error = await rejection(mark(order));

      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error.problems).to.have.nested.property('0.path', at);
    });

  it('refuses to say something of what cannot be a kind', async () => {
    for (const none of ['', '__proto__', 'F'.repeat(16), `${NEVER}0`, '\ud800'])
      expect(await rejection(inspector.failures.mark(queue, none, { verdict: 'ignored' }, 'ada'))).to.include(
        { code: 'JOB_INVALID' },
      );
  });

  it('keeps a thousand marks of a queue, and refuses more, but changes those that there are', async () => {
    const fingerprints = Array.from({ length: 1_000 }, (_, at) => at.toString(16).padStart(16, '0'));
    const say = (one: string) => inspector.failures.mark(queue, one, { verdict: 'ignored' }, 'ada');
    await Promise.all(fingerprints.map(say));

    const error = await rejection(say(NEVER));
    await say(fingerprints[0] ?? '');

    expect(error).to.include({ code: 'JOB_INVALID' });
    expect(String(error)).to.include('1000 kinds of failure').and.to.include('open some of them again');
    expect(await engine.client.hlen(engine.keys.caseMarks)).to.equal(1_000);
  });

  it('takes what another program has put there for no mark', async () => {
    await fail('a', 'full');
    const known = await fingerprint();
    for (const strange of [
      '',
      'x',
      '1 {',
      '1 null',
      '1 7',
      '1 {"verdict":"gone","by":"x"}',
      '1 {"verdict":"open"}',
    ]) {
      await engine.client.hset(engine.keys.caseMarks, known, strange);
      expect(await inspector.failures.case(queue, known)).to.include({ state: 'open', mark: null });
    }
  });
});

describe('counts of failures over time', () => {
  const MINUTE = 60_000;
  const NOW = Date.UTC(2030, 0, 31, 12, 2);

  it('go from the first to now, in stretches that read well', () => {
    const { stepMs, steps } = stepsOf([NOW - 12 * MINUTE, NOW - 11 * MINUTE, NOW], NOW);

    expect(stepMs).to.equal(5 * MINUTE);
    expect(steps.map(({ count }) => count)).to.deep.equal([...Array(9).fill(0), 2, 0, 1]);
    expect(steps.at(-1)?.at).to.equal(Date.UTC(2030, 0, 31, 12, 0));
  });

  it('are forty-eight at most, however long ago it began', () => {
    for (const days of [0, 1, 7, 90, 400, 4_000, 40_000]) {
      const { steps } = stepsOf([NOW - days * 24 * 60 * MINUTE, NOW], NOW);
      expect(steps).to.have.length.within(12, 48);
      expect(steps.reduce((sum, { count }) => sum + count, 0)).to.equal(2);
    }
  });

  it('count what a clock had ahead of now', () => {
    expect(stepsOf([NOW + 90 * MINUTE], NOW).steps.at(-1)?.count).to.equal(1);
  });
});
