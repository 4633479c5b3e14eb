import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { defineScripts, type RedisClient } from '../../lib/engine/scripts.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { buryWorkers } from '../support/burial.ts';
import { gate } from '../support/gate-job.ts';
import { silentLog } from '../support/log.ts';
import { untilNoneOpen } from '../support/none-open.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { redisUrl } from '../support/redis.ts';
import { patiently, until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 180_000;
const JOBS = 60;
const KILLS = 5;
const lasts = (forMs: number) => systemClock.sleep(forMs, new AbortController().signal);

describe('jobs that wait for signals, over worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  const prefix = `spec-${randomUUID()}`;
  const keys = queueKeys(prefix, gate.queue, false);
  let client: RedisClient;
  let producer: Producer;
  let inspector: Inspector;
  let workers: SpecProcess[] = [];

  beforeEach(() => {
    client = connect(parseRedisUrl(redisUrl()), 'commands', { log: silentLog });
    defineScripts(client);
    producer = new Producer({ client, prefix });
    inspector = new Inspector({ client, prefix });
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map(({ exit }) => exit));
    workers = [];
    await inspector.deleteQueue(gate.queue, { force: true, running: true });
    await producer.close();
    await closeClient(client);
  });

  const hire = async (): Promise<SpecProcess> => {
    const env = { REDIS_URL: redisUrl(), QUEUE_PREFIX: prefix };
    const worker = await startProgram('spec/support/signal-worker.ts', env);
    workers.push(worker);
    await worker.waitForLine(/^ready$/);
    return worker;
  };
  const kill = async (worker: SpecProcess | undefined): Promise<void> => {
    worker?.kill('SIGKILL');
    await worker?.exit;
  };
  const addAll = async (count: number) => {
    const added = await producer.addMany(
      gate,
      Array.from({ length: count }, (_, n) => ({ n })),
    );
    return added.map(({ id }) => ({ id, queue: gate.queue }));
  };
  const counts = async () => (await inspector.queue(gate.queue)).counts;
  const allWait = (count: number) => until(async () => (await counts()).delayed === count, 'all wait');
  const effects = () => workers.flatMap(({ stdout }) => stdout).filter((line) => line.startsWith('effect '));

  it('are woken where their worker was killed before the signal came, and after it', async () => {
    const first = await hire();
    const jobs = await addAll(5);
    await allWait(5);
    await kill(first);
    for (const [n, job] of jobs.entries()) await producer.signal(job, 'first', n, { of: gate });
    expect((await counts()).waiting, 'they are due without a worker').to.equal(5);

    const second = await hire();
    await allWait(5);
    for (const [n, job] of jobs.entries()) await producer.signal(job, 'second', n + 1_000, { of: gate });
    await kill(second);
    await buryWorkers(client, keys);
    await hire();

    for (const [n, job] of jobs.entries()) {
      const ended = await producer.waitFor(job, { timeoutMs: patiently(60_000) });
      expect(ended).to.deep.include({ outcome: 'succeeded', result: [n, n + 1_000] });
    }
    expect(await client.exists(keys.signals)).to.equal(0);
  });

  it('lose no signal, and each goes on with its own, while workers are killed at random', async () => {
    await Promise.all([hire(), hire()]);
    const jobs = await addAll(JOBS);
    const signalling = signalAll(jobs);

    for (let killed = 0; killed < KILLS; killed++) {
      await lasts(100 + Math.random() * 300);
      await kill(workers[killed]);
      await buryWorkers(client, keys);
      await hire();
    }
    await signalling;
    // What killed three workers by chance has failed as lost; an operator offers it again.
    for (;;) {
      const open = async (): Promise<number> => {
        const { waiting, active, delayed } = await counts();
        return waiting + active + delayed;
      };
      await untilNoneOpen(open, 60_000);
      if ((await inspector.retryAll(gate.queue)) === 0) break;
    }

    for (const [n, { id }] of jobs.entries())
      expect((await inspector.job(gate.queue, id))?.result, `job ${n}`).to.deep.equal([n, n + 1_000]);
    expect(new Set(effects()).size).to.equal(JOBS);
  });

  async function signalAll(jobs: readonly { id: string; queue: string }[]): Promise<void> {
    const each = jobs.map(async (job, n) => {
      await lasts(Math.random() * 1_500);
      await producer.signal(job, n % 2 === 0 ? 'first' : 'second', n % 2 === 0 ? n : n + 1_000);
      await lasts(Math.random() * 1_500);
      await producer.signal(job, n % 2 === 0 ? 'second' : 'first', n % 2 === 0 ? n + 1_000 : n);
    });
    await Promise.all(each);
  }
});
