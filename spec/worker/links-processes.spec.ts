import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import type { AddedBatch } from '../../lib/jobs/batch.ts';
import type { AddedChain } from '../../lib/jobs/chain.ts';
import { jobFor, type PlannedJob } from '../../lib/jobs/planned-job.ts';
import { LinkedCrew } from '../support/linked-crew.ts';
import { LINKED_QUEUES, linkedBatch, linkedJobs } from '../support/linked-jobs.ts';
import { startProgram } from '../support/process.ts';
import { startProxy } from '../support/proxy.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 180_000;
const RERUN_LIMIT_MS = 15_000;
const CHAINS = 80;
const STEPS = 5;
const BATCHES = 24;
const MEMBERS = 10;
const KILLS = 4;
const TOTAL = CHAINS * STEPS + BATCHES * (MEMBERS + 1);
const CUTS = 15;
const lasts = (forMs: number) => systemClock.sleep(forMs, new AbortController().signal);

describe('jobs that are tied together, over worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let crew: LinkedCrew;

  beforeEach(() => {
    crew = new LinkedCrew(redisUrl());
  });
  afterEach(() => crew.close());

  const planned = (of: string, n: number, forMs: number): PlannedJob => {
    const kind = linkedJobs[Math.abs(n) % linkedJobs.length];
    if (!kind) throw new Error('there is no such queue');
    return jobFor(kind, { of, n, forMs });
  };

  it('add nothing by a worker that was stopped past its lease and goes on', async () => {
    const [first] = linkedJobs;
    if (!first) throw new Error('there is no such job');
    const sleeper = await crew.hire();
    const { id, queue } = await crew.producer.add(first, { of: 'late', n: -1, forMs: 12_000 });
    // Its follow-up is registered by then.
    await sleeper.waitForLine(/^effect late -1$/);
    const other = await crew.hire();

    sleeper.kill('SIGSTOP');
    const hasSucceeded = async () => (await crew.inspector.job(queue, id))?.state === 'succeeded';
    await until(hasSucceeded, 'the other worker has run it', RERUN_LIMIT_MS + 5_000);
    sleeper.kill('SIGCONT');

    await sleeper.waitForLine(new RegExp(`^fenced ${id}$`));
    await crew.untilDrained();
    expect(await crew.count('succeeded')).to.equal(2);
    expect(await crew.countedSuccesses()).to.equal(2);
    expect(other.stdout.filter((line) => line === 'began late -1').length).to.equal(1);
    expect(other.stdout).not.to.include('effect late -1');
  });

  it('are complete, and nothing of them is doubled, when workers are killed at random', async () => {
    await Promise.all([crew.hire(), crew.hire(), crew.hire()]);
    const adding = addAll();

    await killAtRandom();
    const added = await adding;
    await crew.untilDrained();
    // What killed three workers by chance has failed as lost; an operator offers it again.
    while ((await crew.count('failed')) > 0) {
      for (const queue of LINKED_QUEUES) await crew.inspector.retryAll(queue);
      await crew.untilDrained();
    }

    const runs = crew.workers.flatMap(({ stdout }) => stdout).filter((line) => line.startsWith('began '));
    expect(runs.length, 'some were run again').to.be.above(TOTAL);
    await expectComplete(added);
  });

  it('are complete, and nothing of them is doubled, when answers are lost and connections cut', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const url = `redis://127.0.0.1:${proxy.port}`;
    await Promise.all([crew.hire(url), crew.hire(url)]);
    const adding = addAll();

    for (let cut = 0; cut < CUTS; cut++) {
      await lasts(50 + Math.random() * 150);
      proxy.dropReplies(true);
      await lasts(Math.random() * 40);
      proxy.cut();
      proxy.dropReplies(false);
    }
    const added = await adding;
    await crew.untilDrained();
    await proxy.close();

    await expectComplete(added);
  });

  it('come to a batch whole, whose producer was killed in the middle and which was added again', async () => {
    const members = 3_000;
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    proxy.delayMs.toClient = 50;
    await crew.hire();
    const producer = await startProgram('spec/support/linked-producer.ts', {
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      QUEUE_PREFIX: crew.prefix,
      MEMBERS: String(members),
    });
    const batchNow = () => crew.inspector.batches.get(LINKED_QUEUES[0], 'big');
    await until(async () => ((await batchNow())?.added ?? 0) > 0, 'some are stored', SPEC_LIMIT_MS);
    producer.kill('SIGKILL');
    await producer.exit;
    await proxy.close();
    await crew.untilDrained();
    expect(await batchNow()).to.include({ state: 'adding', pending: 0, concludedAt: null });

    await crew.producer.addBatch(linkedBatch('big', members));
    await crew.untilDrained();

    expect(await batchNow()).to.include({ state: 'done', total: members, succeeded: members });
    expect(await crew.countedSuccesses()).to.equal(members + 1);
  });

  interface AddedLinks {
    chains: AddedChain[];
    batches: AddedBatch[];
  }

  const expectComplete = async ({ chains, batches }: AddedLinks) => {
    expect(await crew.count('succeeded')).to.equal(TOTAL);
    expect(await crew.countedSuccesses()).to.equal(TOTAL);
    for (const { jobs } of chains) {
      const last = jobs.at(-1);
      const info = await crew.inspector.job(last?.queue ?? '', last?.id ?? '');
      expect(info?.result).to.equal((STEPS * (STEPS + 1)) / 2);
    }
    for (const { id, queue, last } of batches) {
      const batch = await crew.inspector.batches.get(queue, id);
      expect(batch).to.include({ state: 'done', succeeded: MEMBERS, failed: 0, pending: 0 });
      expect((await crew.inspector.job(queue, last.id))?.state).to.equal('succeeded');
    }
    const members = await crew.client.keys(`${crew.prefix}:*:batches`);
    expect(members).to.deep.equal([]);
  };

  const takes = (at: number) => (at % 20) * 6;

  const addAll = async (): Promise<AddedLinks> => {
    const chains: AddedChain[] = [];
    const batches: AddedBatch[] = [];
    for (let at = 0; at < CHAINS; at++) {
      const steps = Array.from({ length: STEPS }, (_one, step) =>
        planned(`chain-${at}`, step + 1, takes(at)),
      );
      chains.push(await crew.producer.addChain(steps));
    }
    for (let at = 0; at < BATCHES; at++) {
      const jobs = Array.from({ length: MEMBERS }, (_one, n) => planned(`batch-${at}`, n + 1, takes(at)));
      const when = at % 2 === 0 ? 'ended' : 'succeeded';
      batches.push(await crew.producer.addBatch({ jobs, last: planned(`batch-${at}`, 100 + at, 0), when }));
    }
    return { chains, batches };
  };

  /** Kills a worker every now and then, takes the leases of the others too, and hires another one each time. */
  const killAtRandom = async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      await lasts(100 + Math.random() * 400);
      const alive = crew.workers.slice(-3);
      alive[Math.floor(Math.random() * alive.length)]?.kill('SIGKILL');
      await crew.bury();
      await crew.hire();
    }
  };
});
