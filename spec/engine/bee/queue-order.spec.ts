import { expect } from 'chai';
import { Redis } from 'ioredis';
import { ApiaryError } from '../../../lib/errors.ts';
import { startProxy } from '../../support/proxy.ts';
import { SpecQueues } from '../../support/queues.ts';
import { redisUrl } from '../../support/redis.ts';

describe('the order of the calls of one Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });
  afterEach(() => queues.close());

  const outcomeOf = (one: Promise<unknown>): Promise<unknown> =>
    one.then(
      () => 'done',
      (error) => (error instanceof ApiaryError ? error.code : error),
    );

  for (const isReady of [false, true]) {
    const when = isReady ? 'over a connection that is there' : 'before the connection is there';

    it(`is that of save and saveAll, ${when}`, async () => {
      const queue = queues.ours({ isWorker: false });
      if (isReady) await queue.ready();

      await Promise.all([
        queue.createJob(1).save(),
        queue.saveAll([queue.createJob(2), queue.createJob(3)]),
        queue.createJob(4).save(),
      ]);

      const jobs = await queue.getJobs('waiting');
      expect(jobs.map((job) => job.data).reverse()).to.deep.equal([1, 2, 3, 4]);
    });

    it(`lets a removal, a look and a count find what was saved before, ${when}`, async () => {
      const queue = queues.ours({ isWorker: false, getEvents: false });
      if (isReady) await queue.ready();
      const saved: Promise<unknown>[] = [];
      const save = (id: string) => saved.push(queue.createJob({}).setId(id).save());

      save('a');
      const removed = queue.removeJob('a');
      save('b');
      const found = queue.getJob('b');
      save('c');
      const health = queue.checkHealth();
      save('d');
      const jobs = queue.getJobs('waiting');
      save('e');
      const inSet = queue.client.hexists(queue.keys.jobs, 'e');

      expect(await removed).to.equal(true);
      expect((await found)?.id).to.equal('b');
      expect((await health).waiting).to.equal(2);
      expect((await jobs).map(({ id }) => id)).to.include.members(['d', 'c', 'b']);
      expect(await inSet).to.equal(1);
      await Promise.all(saved);
    });

    it(`finishes what is under way when it closes, ${when}`, async () => {
      const queue = queues.ours({ isWorker: false, getEvents: false });
      if (isReady) await queue.ready();

      const all = [
        queue.createJob(1).setId('a').save(),
        queue.saveAll([queue.createJob(2), queue.createJob(3)]),
        queue.getJob('a'),
        queue.checkHealth(),
        queue.createJob(4).save(),
      ];
      const outcomes = Promise.all(all.map(outcomeOf));
      await queue.close();

      expect(await outcomes).to.deep.equal(all.map(() => 'done'));
      expect((await queues.ours({ isWorker: false }).checkHealth()).waiting).to.equal(4);
    });
  }

  it('gives up what Redis does not answer, and says so', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    try {
      const queue = queues.ours({ redis: { port: proxy.port }, isWorker: false, getEvents: false });
      await queue.ready();
      proxy.refuse(true);
      proxy.cut();

      const all = [
        queue.createJob(1).save(),
        queue.removeJob('a'),
        queue.getJob('b'),
        queue.createJob(2).save(),
      ];
      const outcomes = Promise.all(all.map(outcomeOf));
      await queue.close(300);

      expect(await outcomes).to.deep.equal(all.map(() => 'REDIS_UNAVAILABLE'));
    } finally {
      await proxy.close();
    }
  });

  it('ends with it: every call of a closed queue is refused, over a client of the caller too', async () => {
    const client = new Redis(redisUrl());
    try {
      const queue = queues.ours({ redis: client });
      const job = await queue.createJob({}).save();
      await queue.close();

      for (const call of [
        () => queue.createJob({}).save(),
        () => queue.saveAll([queue.createJob({})]),
        () => queue.saveAll([]),
        () => queue.getJob('a'),
        () => queue.getJobs('waiting'),
        () => queue.removeJob('a'),
        () => queue.checkHealth(),
        () => queue.checkStalledJobs(),
        () => queue.checkStalledJobs(50),
        () => queue.destroy(),
        () => queue.connect(),
        () => queue.ready(),
        () => job.remove(),
        () => job.retry(),
        () => job.promote(),
        () => job.isInSet('failed'),
        () => job.reportProgress(1),
        async () => queue.process(async () => 1),
      ] as (() => Promise<unknown>)[]) {
        expect(await outcomeOf(call()), `${call}`).to.equal('QUEUE_CLOSED');
      }
      expect(await client.llen(queue.keys.waiting)).to.equal(1);
    } finally {
      client.disconnect();
    }
  });
});
