import { expect } from 'chai';
import type { Queue } from '../../../lib/engine/bee/queue.ts';
import { adoptFinished } from '../../../lib/engine/upkeep/adopter.ts';
import { SpecQueues } from '../../support/queues.ts';

describe('adoptFinished', () => {
  let queues: SpecQueues;
  let queue: Queue;
  const now = Date.now();

  beforeEach(() => {
    queues = new SpecQueues();
    queue = queues.ours({ isWorker: false, getEvents: false });
  });

  afterEach(async () => {
    await queues.close();
  });

  /** Leaves a job as a stock worker does: in the hash and in a set. */
  async function endedByStock(state: 'succeeded' | 'failed', id: string, madeAt: number): Promise<void> {
    const record = { data: id, options: { timestamp: madeAt }, status: state, progress: 0 };
    await queue.client.hset(queue.keys.jobs, id, JSON.stringify(record));
    await queue.client.sadd(queue.keys[state], id);
  }

  async function pageOf(state: 'succeeded' | 'failed'): Promise<string[]> {
    return (await queue.queries.page(state, 0, 10)).map(({ id }) => id);
  }

  it('puts recent jobs before ours and old ones behind them', async () => {
    await endedByStock('succeeded', 'ours', now);
    await queue.client.lpush(queue.keys.succeededOrder, 'ours');
    await endedByStock('succeeded', 'recent', now - 1_000);
    await endedByStock('succeeded', 'old', now - 3_600_000);

    expect(await adoptFinished(queue, now)).to.equal(2);

    expect(await pageOf('succeeded')).to.deep.equal(['recent', 'ours', 'old']);
  });

  it('dates failed jobs, and leaves the date of ours', async () => {
    await endedByStock('failed', 'ours', now);
    await queue.client.zadd(queue.keys.failedOrder, 5, 'ours');
    await endedByStock('failed', 'theirs', 7);

    expect(await adoptFinished(queue, now)).to.equal(1);

    expect(await pageOf('failed')).to.deep.equal(['theirs', 'ours']);
    expect(await queue.client.zscore(queue.keys.failedOrder, 'ours')).to.equal('5');
  });

  it('makes them suspects no more, and leaves the others so', async () => {
    for (const id of ['a', 'b', 'open']) await queue.client.hset(queue.keys.losses, id, 1);
    await endedByStock('succeeded', 'a', now);
    await endedByStock('failed', 'b', now);

    await adoptFinished(queue, now);

    expect(await queue.client.hkeys(queue.keys.losses)).to.deep.equal(['open']);
  });

  it('adopts once', async () => {
    await endedByStock('succeeded', 'a', now);
    await endedByStock('failed', 'b', now);

    expect([await adoptFinished(queue, now), await adoptFinished(queue, now)]).to.deep.equal([2, 0]);
    expect(await pageOf('succeeded')).to.deep.equal(['a']);
  });

  it('takes a past of thousands in', async () => {
    const ids = Array.from({ length: 3_000 }, (_, n) => `job-${n}`);
    await queue.client.sadd(queue.keys.succeeded, ...ids);
    await queue.client.sadd(queue.keys.failed, ...ids);

    expect(await adoptFinished(queue, now)).to.equal(6_000);

    expect(await queue.client.llen(queue.keys.succeededOrder)).to.equal(3_000);
    expect(await queue.client.zcard(queue.keys.failedOrder)).to.equal(3_000);
  });

  it('takes each in once where two workers adopt at once, new ones and old ones', async () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => `job-${n}`);
    const recordOf = (n: number): string =>
      JSON.stringify({ data: n, options: { timestamp: n % 2 === 0 ? now : 1 }, status: 'succeeded' });
    await queue.client.sadd(queue.keys.succeeded, ...ids);
    await queue.client.hset(queue.keys.jobs, ...ids.flatMap((id, n) => [id, recordOf(n)]));

    await Promise.all([adoptFinished(queue, now), adoptFinished(queue, now), adoptFinished(queue, now)]);

    const order = await queue.client.lrange(queue.keys.succeededOrder, 0, -1);
    expect([...order].sort()).to.deep.equal([...ids].sort());
  });

  it('is not needed for getJobs of a queue to see them', async () => {
    await endedByStock('succeeded', 'a', now);
    await endedByStock('failed', 'b', now);

    expect((await queue.getJobs('succeeded')).map(({ id }) => id)).to.deep.equal(['a']);
    expect((await queue.getJobs('failed', { size: 5 })).map(({ id }) => id)).to.deep.equal(['b']);
  });
});

describe('a job that a stock client has taken out of an end', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
  });

  it('keeps its record when it is offered again and its old date comes to be pruned', async () => {
    const queue = queues.ours({ isWorker: false, getEvents: false });
    const { id } = await queue.createJob({}).save();
    await queue.client.zadd(queue.keys.failedOrder, 1, id ?? '');

    expect(await queue.store.pruneFailed(2, -1)).to.equal(1);

    expect(await queue.getJob(id ?? '')).to.have.property('id', id);
    expect(await queue.client.zcard(queue.keys.failedOrder)).to.equal(0);
  });

  it('keeps its record when another took its id and the old one is more than are kept', async () => {
    const queue = queues.ours({ keepSucceeded: 1, keepFailed: 1 });
    const gone = ['gone-1', 'gone-2'];
    await queue.client.rpush(queue.keys.succeededOrder, ...gone);
    await queue.client.zadd(queue.keys.failedOrder, 1, 'gone-1', 2, 'gone-2');
    await queue.saveAll(
      gone.map((id) =>
        queue
          .createJob(id)
          .setId(id)
          .delayUntil(Date.now() + 60_000),
      ),
    );
    const [good, bad] = [queue.createJob('good'), queue.createJob('bad')];
    const ended = Promise.all([
      new Promise((resolve) => good.once('succeeded', resolve)),
      new Promise((resolve) => bad.once('failed', resolve)),
    ]);
    await queue.saveAll([good, bad]);
    queue.process(async (job) => {
      if (job.data === 'bad') throw new Error('bad');
    });
    await ended;

    expect(await queue.client.llen(queue.keys.succeededOrder)).to.equal(1);
    expect(await queue.client.zcard(queue.keys.failedOrder)).to.equal(1);
    expect(await queue.client.hlen(queue.keys.jobs)).to.equal(4);
  });
});
