import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { jobFor, type PlannedJob } from '../../lib/jobs/planned-job.ts';
import { LinkedCrew } from '../support/linked-crew.ts';
import { LINKED_QUEUES, linkedJobs } from '../support/linked-jobs.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 180_000;
const RERUN_LIMIT_MS = 15_000;
const CHAINS = 200;
const STEPS = 5;
const BATCHES = 60;
const MEMBERS = 10;
const KILLS = 8;
const NEVER = new AbortController().signal;

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
    const { id, queue } = await crew.producer.add(first, { of: 'late', n: -1, forMs: 2_000 });
    // Its follow-up is registered by then.
    await sleeper.waitForLine(/^effect late -1$/);
    const other = await crew.hire();

    sleeper.kill('SIGSTOP');
    const hasSucceeded = async () => (await crew.inspector.job(queue, id))?.state === 'succeeded';
    await until(hasSucceeded, 'the other worker has run it', RERUN_LIMIT_MS + 5_000);
    sleeper.kill('SIGCONT');

    await sleeper.waitForLine(new RegExp(`^fenced ${id}$`));
    await other.waitForLine(/^began late 1$|^ready$/);
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
    const { chains, batches } = await adding;
    await crew.untilDrained();
    // What killed three workers by chance has failed as lost; an operator offers it again.
    while ((await crew.count('failed')) > 0) {
      for (const queue of LINKED_QUEUES) await crew.inspector.retryAll(queue);
      await crew.untilDrained();
    }

    const total = CHAINS * STEPS + BATCHES * (MEMBERS + 1);
    const runs = crew.workers.flatMap(({ stdout }) => stdout).filter((line) => line.startsWith('began '));
    expect(runs.length, 'some were run again').to.be.above(total);
    expect(await crew.count('succeeded')).to.equal(total);
    expect(await crew.countedSuccesses()).to.equal(total);
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
  });

  const takes = (at: number) => (at % 20) * 10;

  const addAll = async () => {
    const chains = [];
    const batches = [];
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
      await systemClock.sleep(100 + Math.random() * 400, NEVER);
      const alive = crew.workers.slice(-3);
      alive[Math.floor(Math.random() * alive.length)]?.kill('SIGKILL');
      await crew.endLeases();
      await crew.hire();
    }
  };
});
