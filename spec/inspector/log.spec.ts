import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { LinePlacer } from '../../lib/engine/repairs/added-lines.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { operate } from '../../lib/inspector/operations.ts';
import type { AddOptions } from '../../lib/jobs/options.ts';
import { Gate } from '../support/queues.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('a line that is added to the log of a job from outside', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;
  let gate: Gate;

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
    gate = new Gate();
  });
  afterEach(async () => {
    gate.open();
    await specs.close();
  });

  const keys = () => queueKeys('bq', specs.queue, false);
  const log = (id: string, message: string, by = 'ada') => inspector.log(specs.queue, id, { by, message });
  const linesOf = async (id: string) =>
    (await inspector.job(specs.queue, id))?.logs.map(({ level, message }) => `${level} ${message}`);
  const stored = async (id: string) =>
    (await specs.queries().job(id))?.record.options.logs?.map(({ message }) => message);
  const place = () => new LinePlacer().sweep({ client: specs.client, keys: keys(), store: specs.store() });
  /** Starts a worker, and waits until it runs the job. */
  const run = async (): Promise<string> => {
    const handler = specs.handler(async (_data, ctx) => {
      ctx.log.info('begun');
      await gate.pass();
      ctx.log.info('done');
    });
    const [id = ''] = await specs.add(1);
    await specs.worker({ handlers: [handler] }).start();
    await until(async () => (await inspector.job(specs.queue, id))?.state === 'active', 'it runs');
    return id;
  };

  it('is kept in its record where it does not run, with who added it, and its data stay as they are', async () => {
    const [id = ''] = await specs.add({ big: 12_345 });
    const before = systemClock.now();

    expect(await log(id, 'sent by hand')).to.deep.equal({ done: true });
    await inspector.log(specs.queue, id, { by: 'bob', message: 'and\nagain', level: 'error' });

    expect(await linesOf(id)).to.deep.equal(['info ada: sent by hand', 'error bob: and\nagain']);
    expect(await stored(id)).to.deep.equal(['ada: sent by hand', 'bob: and\nagain']);
    expect(await specs.client.exists(keys().addedLines)).to.equal(0);
    const job = await inspector.job(specs.queue, id);
    expect(job?.logs[0]?.at).to.be.within(before, systemClock.now());
    expect(job).to.deep.include({ data: { big: 12_345 }, state: 'waiting' });
  });

  it('is shown at once while it runs, survives what its handler logs, and is in its record after the end', async () => {
    const id = await run();
    await until(async () => (await stored(id))?.includes('begun') ?? false, 'its own line is stored');

    await log(id, 'is it stuck?');
    expect(await linesOf(id)).to.deep.equal(['info begun', 'info ada: is it stuck?']);
    gate.open();
    await until(async () => (await inspector.job(specs.queue, id))?.state === 'succeeded', 'it has ended');
    expect(await linesOf(id)).to.have.members(['info begun', 'info ada: is it stuck?', 'info done']);
    await place();

    expect(await stored(id)).to.have.members(['begun', 'ada: is it stuck?', 'done']);
    expect(await specs.client.exists(keys().addedLines)).to.equal(0);
    expect((await linesOf(id))?.length).to.equal(3);
  });

  it('stays beside the record as long as the job runs, and is gone with it', async () => {
    const id = await run();
    await log(id, 'one');
    await place();
    expect(await specs.client.hexists(keys().addedLines, id)).to.equal(1);

    await inspector.remove(specs.queue, id);
    await place();

    expect(await specs.client.exists(keys().addedLines)).to.equal(0);
    expect(await inspector.job(specs.queue, id)).to.equal(null);
  });

  it('makes room for newer ones: a hundred are kept with the job, and a bounded text beside it', async () => {
    const [id = ''] = await specs.add(1);
    for (let at = 0; at < 105; at++) await log(id, `line ${at}`);
    expect(await inspector.job(specs.queue, id)).to.include({ logsDropped: 5 });
    expect((await linesOf(id))?.[0]).to.equal('info ada: line 5');

    const running = await run();
    const long = 'ä'.repeat(490);
    for (let at = 0; at < 100; at++) await log(running, `${at} ${long}`);

    expect(await specs.client.hstrlen(keys().addedLines, running)).to.be.at.most(65_536);
    expect((await linesOf(running))?.at(-1)).to.equal(`info ada: 99 ${long}`);
  });

  it('is left out where it is no line, and keeps no other from its record', async () => {
    const [spoilt = '', half = '', whole = ''] = await specs.add(1, 2, 3);
    const line = (message: string) => JSON.stringify({ at: 1, level: 'info', message });
    const wrong = [
      'null',
      '{',
      '{"at":"1","level":"info","message":"x"}',
      '{"at":1,"level":"loud","message":"x"}',
    ];
    await specs.client.hset(keys().addedLines, {
      [spoilt]: 'garbage',
      [half]: [...wrong, '{"at":1e300,"level":"info","message":"x"}', line('kept')].join('\n'),
      [whole]: line('mine'),
    });

    expect(await Promise.all([spoilt, half, whole].map(linesOf))).to.deep.equal([
      [],
      ['info kept'],
      ['info mine'],
    ]);
    await place();

    expect(await Promise.all([half, whole].map(stored))).to.deep.equal([['kept'], ['mine']]);
    expect(await specs.client.exists(keys().addedLines)).to.equal(0);
  });

  it('is of its own job, and not of one that has its id since', async () => {
    const add = (options: AddOptions) =>
      specs.producer.addRaw({
        type: 'job',
        queue: specs.queue,
        data: 1,
        options: { id: 'same', ...options },
      });
    let isOver = false;
    const handler = specs.handler(async () => {
      await until(() => isOver, 'it may end');
    });
    const worker = specs.worker({ handlers: [handler] });
    await add({ retention: { succeededMs: 0 } });
    await worker.start();
    await until(async () => (await inspector.job(specs.queue, 'same'))?.state === 'active', 'it runs');
    await log('same', 'of the first');
    isOver = true;
    await until(async () => (await inspector.job(specs.queue, 'same')) === null, 'it is gone');
    await worker.stop();

    await add({});
    expect(await linesOf('same')).to.deep.equal([]);
    await log('same', 'of the second');
    expect(await linesOf('same')).to.deep.equal(['info ada: of the second']);
    expect(await stored('same')).to.deep.equal(['ada: of the second']);
  });

  it('goes with its job when that is removed, and so do its signals: one of its id in the same instant has none', async () => {
    const { addedLines, signals } = keys();
    const [id = ''] = await specs.add(1);
    await specs.client.hset(addedLines, id, '{"at":1,"level":"info","message":"x"}');
    await specs.producer.signal({ id, queue: specs.queue }, 'go');

    await inspector.remove(specs.queue, id);

    expect(await specs.client.exists(addedLines, signals)).to.equal(0);
  });

  it('is refused for what is no job, no message and no level', async () => {
    const [id = ''] = await specs.add(1);

    expect(await log('none', 'x')).to.deep.equal({ done: false, state: null });
    for (const line of [
      { by: 'ada', message: '' },
      { by: '', message: 'x' },
      { by: 'x'.repeat(257), message: 'x' },
      { by: undefined as unknown as string, message: 'x' },
      { by: 'ada', message: 'x'.repeat(501) },
      { by: 'ada', message: 7 as unknown as string },
      { by: 'ada', message: 'x', level: 'loud' as 'info' },
    ])
      expect((await rejection(inspector.log(specs.queue, id, line))).code).to.equal('JOB_INVALID');
    const target = { queue: specs.queue, id: 'none', by: 'ada', message: 'x' };
    expect((await rejection(operate(inspector, 'log', target))).code).to.equal('JOB_NOT_FOUND');
    expect(await linesOf(id)).to.deep.equal([]);
  });
});
