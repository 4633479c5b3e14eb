import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { StoredOptions } from '../../lib/engine/record/record.ts';
import { Inspector, type WorkerInfo } from '../../lib/inspector/inspector.ts';
import { handledTypes } from '../../lib/worker/handled-types.ts';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { jobOf } from '../support/engine.ts';
import { Gate } from '../support/queues.ts';
import { redisUrl, startRedis } from '../support/redis.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
/** Within this time a dead worker is not listed any more. */
const GONE_LIMIT_MS = 15_500;
/** A stop with Redis away takes some seconds for the jobs, whatever the worker says of itself. */
const STOP_LIMIT_MS = 10_000;

/** Within this time a worker has looked twice whether its claims are there. */
const CLAIM_LOOKS_LIMIT_MS = 10_000;

/** A clock by which a worker speaks all the time. */
const talkative: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms >= 4_500 && ms <= 5_500 ? 5 : ms, signal),
};

describe('what a worker says of itself', () => {
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

  const ofSpec = async (): Promise<WorkerInfo | undefined> =>
    (await inspector.workers()).find(({ queues }) => queues.some(({ name }) => name === specs.queue));

  it('is who it is and what it serves', async () => {
    const handlers = [specs.handler(() => null)];
    const worker = specs.worker({
      handlers,
      concurrency: 7,
      strictPriority: true,
    });
    await worker.start();
    await until(async () => (await ofSpec()) !== undefined, 'it spoke');

    expect(await ofSpec()).to.deep.include({
      host: hostname(),
      pid: process.pid,
      version,
      queues: [{ name: specs.queue, weight: 1 }],
      strict: true,
      concurrency: 7,
      status: 'running',
      handlers: handledTypes(handlers).handlers,
      runningCount: 0,
      running: [],
    });
  });

  it('is that it is quiet from the moment it stops, with what it still runs', async () => {
    const worker = specs.worker({ handlers: [specs.handler(gate.pass)] });
    const [id = ''] = await specs.add(1);
    await worker.start();
    await until(() => gate.arrived === 1, 'it ran');

    const stopped = worker.stop();
    await until(async () => (await ofSpec())?.status === 'quiet', 'it said so');

    const said = await ofSpec();
    expect(said?.runningCount).to.equal(1);
    expect(said?.running[0]).to.deep.include({ queue: specs.queue, id, type: 'job' });
    expect(said?.running[0]?.startedAt).to.be.closeTo(Date.now(), 10_000);
    gate.open();
    await stopped;
  });

  it('is taken back when it has stopped', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => null)] });
    await worker.start();
    await until(async () => (await ofSpec()) !== undefined, 'it spoke');

    await worker.stop();

    expect(await ofSpec()).to.equal(undefined);
  });

  it('lists two hundred jobs, and counts all', async () => {
    const worker = specs.worker({ handlers: [specs.handler(gate.pass)], concurrency: 250 });
    await specs.add(...Array(250).keys());
    await worker.start();
    await until(() => gate.arrived === 250, 'all ran');

    const stopped = worker.stop();
    await until(async () => (await ofSpec())?.status === 'quiet', 'it said so');

    expect((await ofSpec())?.runningCount).to.equal(250);
    expect((await ofSpec())?.running).to.have.length(200);
    gate.open();
    await stopped;
  });

  describe('of a handler that goes on although it was told to stop', () => {
    const stuck = async () => (await ofSpec())?.running.filter(({ stuckSince }) => stuckSince !== undefined);
    const startDeaf = async (options: Partial<StoredOptions> = {}): Promise<string> => {
      const handlers = [specs.handler(gate.pass)];
      const worker = specs.worker({ handlers, clock: talkative, timeoutGraceMs: 50 });
      const job = jobOf('deaf', 1, { type: 'job', retries: 0, ...options });
      await specs.store().save([job]);
      await worker.start();
      await until(() => gate.arrived === 1, 'it ran');
      return job.id;
    };

    it('is since when, also when its slot was taken from it, until it ends', async () => {
      const before = Date.now();
      const id = await startDeaf({ timeout: 20 });

      await until(async () => (await stuck())?.length === 1, 'it said so');

      const said = await ofSpec();
      expect(said?.running).to.have.length(1);
      expect(said?.running[0]).to.include({ queue: specs.queue, id, type: 'job' });
      expect(said?.running[0]?.stuckSince).to.be.within(before, Date.now());
      expect((await specs.queries().job(id))?.state).to.equal('failed');
      await until(async () => (await ofSpec())?.runningCount === 0, 'its slot is free');
      gate.open();
      await until(async () => (await ofSpec())?.running.length === 0, 'it is not listed any more');
    });

    it('is since when it was cancelled, while it keeps its slot', async () => {
      const id = await startDeaf();
      await inspector.cancel(specs.queue, id, 'ada');

      await until(async () => (await stuck())?.length === 1, 'it said so');

      expect(await ofSpec()).to.include({ runningCount: 1 });
      expect((await specs.queries().job(id))?.state).to.equal('active');
    });

    it('is since when its job was lost, while it keeps its slot', async () => {
      const id = await startDeaf();
      await inspector.remove(specs.queue, id);

      await until(async () => (await stuck())?.length === 1, 'it said so', CLAIM_LOOKS_LIMIT_MS);

      expect(await ofSpec()).to.include({ runningCount: 1 });
      gate.open();
      await until(async () => (await ofSpec())?.runningCount === 0, 'it is not listed any more');
    });

    it('is nothing as long as it may still stop', async () => {
      let told = false;
      const handler = specs.handler((_data, { signal }) => {
        signal.addEventListener('abort', () => {
          told = true;
        });
        return gate.pass();
      });
      const worker = specs.worker({ handlers: [handler], clock: talkative });
      const [id = ''] = await specs.add(1);
      await worker.start();
      await until(() => gate.arrived === 1, 'it ran');
      await inspector.cancel(specs.queue, id, 'ada');
      await until(() => told, 'it was told');

      const quieted = worker.quiet();
      await until(async () => (await ofSpec())?.status === 'quiet', 'it spoke after that');
      await quieted;

      expect((await ofSpec())?.running.map(({ id: one, stuckSince }) => [one, stuckSince])).to.deep.equal([
        [id, undefined],
      ]);
    });
  });

  it('does not hold up the stop while Redis is away', async () => {
    const redis = await startRedis();
    const away = openWorkers(redis.url);
    const worker = away.worker({ handlers: [away.handler(() => null)] });
    await worker.start();
    await redis.kill();
    const killedAt = performance.now();

    await worker.stop();

    expect(performance.now() - killedAt).to.be.below(patiently(STOP_LIMIT_MS));
    await away.close();
    await redis.stop();
  });
});

describe('what worker processes say of themselves', function () {
  this.timeout(120_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });
  afterEach(() => crew.close());

  const pids = async (): Promise<number[]> =>
    (await crew.inspector.workers()).map(({ pid }) => pid).sort((one, other) => one - other);

  it('ends by itself within 15 s after one was killed, and at once when one has stopped', async () => {
    const killed = await crew.hire({ deed: 'hang' });
    const stopped = await crew.hire();
    const staying = await crew.hire();
    const all = [killed.pid, stopped.pid, staying.pid].sort((one, other) => one - other);
    await until(async () => (await pids()).join() === all.join(), 'all three spoke');

    await stopped.stop();
    expect(await pids()).to.not.include(stopped.pid);
    killed.kill('SIGKILL');

    await until(async () => (await pids()).join() === `${staying.pid}`, 'it was gone', GONE_LIMIT_MS);
  });

  it('tells what runs where', async () => {
    const worker = await crew.hire({ deed: 'hang', concurrency: 2 });
    const ids = await crew.add(2, 0);

    await until(async () => (await crew.inspector.workers())[0]?.runningCount === 2, 'it said so');

    const [said] = await crew.inspector.workers();
    expect(said).to.include({ pid: worker.pid });
    expect(said?.running.map(({ id }) => id)).to.have.members(ids);
    expect(said?.running.map(({ type }) => type)).to.deep.equal([toil.type, toil.type]);
  });
});
