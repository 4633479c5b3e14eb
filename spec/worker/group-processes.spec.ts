import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import { defineScripts } from '../../lib/engine/scripts.ts';
import { Inspector, type JobInfo } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { buryWorkers, workersOf } from '../support/burial.ts';
import { note } from '../support/group-job.ts';
import { silentLog } from '../support/log.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;
/** What a busy machine needs. */
const RERUN_LIMIT_MS = 30_000;

describe('groups, over worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let client: RedisClient;
  let prefix: string;
  let keys: QueueKeys;
  let producer: Producer;
  let inspector: Inspector;
  let workers: SpecProcess[];

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(client);
    prefix = `spec-${randomUUID()}`;
    keys = queueKeys(prefix, note.queue, client.isCluster);
    producer = new Producer({ client, prefix });
    inspector = new Inspector({ client, prefix });
    workers = [];
  });

  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map(({ exit }) => exit));
    await closeClient(client);
  });

  const hire = async (deed: 'work' | 'hang' = 'work'): Promise<SpecProcess> => {
    const env = { REDIS_URL: redisUrl(), QUEUE_PREFIX: prefix, DEED: deed };
    const worker = await startProgram('spec/support/group-worker.ts', env);
    workers.push(worker);
    await worker.waitForLine(/^ready$/);
    return worker;
  };
  /** Kills a worker whose incarnation is this, and lets its lease be over at once. */
  const kill = async (worker: SpecProcess, dead: readonly string[]): Promise<void> => {
    worker.kill('SIGKILL');
    await worker.exit;
    await buryWorkers(client, keys, dead);
  };
  const add = async (group: string, count: number): Promise<string[]> => {
    const data = Array.from({ length: count }, (_, n) => ({ n }));
    return (await producer.addMany(note, data, { group })).map(({ id }) => id);
  };
  const succeeded = async (): Promise<JobInfo[]> =>
    (await inspector.jobs(note.queue, { state: 'succeeded', limit: 1_000 })).jobs;
  /** The ids of the jobs that were handed over in calls that succeeded, sorted, one for each time. */
  const handedOver = async (): Promise<string[]> =>
    (await succeeded()).flatMap(({ result }) => result as string[]).sort();
  const untilDrained = (jobs: number): Promise<void> =>
    until(
      async () => {
        if ((await handedOver()).length < jobs) return false;
        const { grouped, counts } = await inspector.queue(note.queue);
        return grouped + counts.waiting + counts.active + counts.delayed === 0;
      },
      'all groups have been run',
      RERUN_LIMIT_MS,
    );

  it('hand every job over in a call that succeeds when a worker is killed in the middle of one', async () => {
    const doomed = await hire('hang');
    const begun = (await Promise.all(['ada', 'bob', 'eve'].map((group) => add(group, 15)))).flat();
    await until(
      () => doomed.stdout.filter((line) => line.startsWith('ran ')).length === 3,
      'its calls began',
    );
    const dead = await workersOf(client, keys);
    await hire();
    await hire();
    const more = (await Promise.all(['ada', 'kim'].map((group) => add(group, 20)))).flat();

    await kill(doomed, dead);
    await untilDrained(begun.length + more.length);

    expect(await handedOver()).to.deep.equal([...begun, ...more].sort());
    const again = doomed.stdout.filter((line) => line.startsWith('ran ')).map((line) => line.split(' ')[1]);
    expect((await succeeded()).map(({ id }) => id)).to.include.members(again);
  });

  it('hand over a group whose only worker was killed before it was due, though nobody joins it any more', async () => {
    const doomed = await hire();
    const slow = { ...note, group: { graceMs: 2_000, maxDelayMs: 9_000, maxSize: 15 } };
    const added = await producer.addMany(slow, [{ n: 1 }, { n: 2 }, { n: 3 }], { group: 'ada' });
    await kill(doomed, await workersOf(client, keys));
    expect((await inspector.queue(note.queue)).grouped).to.equal(3);

    await hire();
    await untilDrained(added.length);

    expect(await handedOver()).to.deep.equal(added.map(({ id }) => id).sort());
    expect(await succeeded()).to.have.length(1);
  });

  it('hand over each of 2,000 jobs in 50 groups exactly once, by three workers that all look', async () => {
    for (let n = 0; n < 3; n++) await hire();
    const ids: string[] = [];

    for (let round = 0; round < 8; round++) {
      const added = await Promise.all(Array.from({ length: 50 }, (_, n) => add(`user-${n}`, 5)));
      ids.push(...added.flat());
    }
    await untilDrained(ids.length);

    expect(ids).to.have.length(2_000);
    expect(await handedOver()).to.deep.equal(ids.sort());
    const sizes = (await succeeded()).map(({ result }) => (result as string[]).length);
    expect(Math.max(...sizes)).to.be.at.most(15);
    expect((await inspector.queue(note.queue)).counts.failed).to.equal(0);
    const left = await client.keys(`${prefix}:*:group*`);
    expect(left).to.deep.equal([]);
  });

  it('lose nothing of groups that go on being joined while workers are killed', async () => {
    const first = await hire();
    await until(async () => (await workersOf(client, keys)).length === 1, 'it has a lease');
    const dead = await workersOf(client, keys);
    await hire();
    const ids: string[] = [];

    for (let round = 0; round < 12; round++) {
      ids.push(...(await add(`user-${round % 3}`, 7)));
      if (round === 4) await kill(first, dead);
      if (round === 8) await hire();
    }
    await untilDrained(ids.length);

    // A call that a kill cut off is made again, but only one of them is kept.
    expect(await handedOver()).to.deep.equal(ids.sort());
  });
});
