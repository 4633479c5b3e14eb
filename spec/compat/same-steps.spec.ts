import { expect } from 'chai';
import {
  BeeJob,
  type EitherJob,
  nodeRedis,
  onBoth,
  type QueueMaker,
  redisOptions,
} from '../support/either-queue.ts';
import { Gate, next } from '../support/queues.ts';
import { until } from '../support/wait.ts';

/** Runs steps on both, and expects of ours what they came to on stock. */
function same(title: string, steps: (maker: QueueMaker) => Promise<unknown>): void {
  it(title, async () => {
    const { stock, ours } = await onBoth(steps);

    expect(ours).to.deep.equal(stock);
  });
}

const circular: Record<string, unknown> = {};
circular['self'] = circular;
const IDLE = { isWorker: false, getEvents: false, storeJobs: false };

describe('the same steps on stock bee-queue and on ours', () => {
  describe('saveAll', () => {
    same('resolves with an empty map when all went well', async ({ make }) => {
      const queue = make(IDLE);
      const jobs = [1, 2].map((n) => queue.createJob({ n }));

      const errors = await queue.saveAll(jobs);

      const { waiting } = await queue.checkHealth();
      return [errors instanceof Map, errors.size, jobs.every(({ id }) => typeof id === 'string'), waiting];
    });

    same(
      'resolves with the error of each job that cannot be written, and stores the others',
      async ({ make }) => {
        const queue = make(IDLE);
        const [good, bad, another] = [{ n: 1 }, circular, { n: 3 }].map((data) => queue.createJob(data));
        if (!good || !bad || !another) throw new Error('three were made');

        const errors = await queue.saveAll([good, bad, another]);

        const { waiting } = await queue.checkHealth();
        return [[...errors.keys()].map((job) => job === bad), errors.get(bad) instanceof Error, waiting];
      },
    );

    same('resolves with an error for every job that Redis refuses', async ({ make }) => {
      const queue = make(IDLE);
      const client = (await queue._commandable()) as unknown as {
        set(key: string, value: string, done: () => void): void;
      };
      await new Promise<void>((resolve) => client.set(queue.toKey('waiting'), 'no list', resolve));
      const jobs = [1, 2, 3].map((n) => queue.createJob({ n }));

      const errors = await queue.saveAll(jobs);

      return jobs.map((job) => errors.get(job) instanceof Error);
    });
  });

  describe('the settings', () => {
    same('keep what Redis was given, from which a second queue finds the first', async ({ make }) => {
      const first = make(IDLE);
      await first.createJob({}).save();

      const second = make({ ...IDLE, redis: first.settings.redis });

      return [first.settings.redis, (await second.checkHealth())['waiting']];
    });

    same('take an empty prefix for none', async ({ make }) => {
      const queue = make({ ...IDLE, prefix: '' }, 'named');

      return [queue.settings.keyPrefix, queue.toKey('jobs')];
    });

    same('take a client of node_redis, and leave it open', async ({ make, name }) => {
      const client = nodeRedis.createClient(redisOptions().port);
      await next(client, 'ready');
      const queue = make({ redis: client }, name);
      queue.process(1, async () => 'done');
      const job = await queue.createJob({ n: 1 }).save();
      const [result] = await next(job, 'succeeded');
      await queue.close();
      const reply = await new Promise((resolve) => client.ping((_error, text) => resolve(text)));
      await new Promise<void>((resolve) => client.quit(resolve));
      return [result, reply];
    });
  });

  describe('the way to its connections', () => {
    same('leads to one that works, until the queue is closed', async ({ make }) => {
      const queue = make({ getEvents: false });
      await queue.createJob({}).save();
      const client = await queue._commandable();
      const length = await new Promise((resolve) =>
        client.hlen(queue.toKey('jobs'), (_error, count) => resolve(count)),
      );
      const blocking = typeof (await queue._commandable(true));
      await queue.close();
      const refused = (one: Promise<unknown>) =>
        one.then(
          () => false,
          (error) => error instanceof Error,
        );
      return [length, blocking, await refused(queue._commandable()), await refused(queue._commandable(true))];
    });
  });

  describe('process', () => {
    same('takes its concurrency as text, and tells how many jobs run', async ({ make }) => {
      const queue = make();
      const gate = new Gate();
      await queue.ready();
      await queue.saveAll([1, 2, 3].map((n) => queue.createJob({ n })));
      queue.process('2', () => gate.pass());
      await until(() => gate.arrived === 2 && queue.running === 2, 'two jobs run');
      gate.open();
      await until(async () => (await queue.checkHealth())['succeeded'] === 3, 'all are done');
      await until(() => queue.running === 0, 'none runs');
      return [queue.running, gate.arrived];
    });

    same('hands over jobs whose id is text, whatever it was given as', async ({ make }) => {
      const queue = make({ storeJobs: false, getEvents: false });
      const ids: unknown[] = [];
      queue.process(1, async (job) => void ids.push(job.id));
      await queue
        .createJob({})
        .setId(7 as unknown as string)
        .save();
      await queue.createJob({}).setId('seven').save();
      await until(() => ids.length === 2, 'both ran');
      return ids;
    });

    for (const [kept, settings] of [
      ['are kept', {}],
      ['are removed', { removeOnSuccess: true, removeOnFailure: true }],
    ] as const) {
      same(`tells of each job how it stands, where jobs ${kept}`, async ({ make }) => {
        const queue = make(settings);
        const told: unknown[] = [];
        for (const event of ['succeeded', 'retrying', 'failed', 'failed:fatal']) {
          queue.on(event, (job: EitherJob) => told.push([event, job.data, job.status]));
        }
        queue.process(1, async (job) => {
          if (job.data === 'bad') throw new Error('no');
        });
        await queue.createJob('good').save();
        await queue.createJob('bad').retries(1).save();
        await until(() => told.length === 5, 'all was told');
        return told;
      });
    }

    const thrown: unknown[] = [
      'a text',
      { code: 5, message: 'an object' },
      42,
      Object.assign(new TypeError('t'), { code: 'E' }),
    ];
    for (const [at, one] of thrown.entries()) {
      same(
        `hands listeners what was thrown, the very same: ${at + 1} of ${thrown.length}`,
        async ({ make }) => {
          const queue = make();
          const told: unknown[] = [];
          for (const event of ['retrying', 'failed', 'failed:fatal']) {
            queue.on(event, (_job: EitherJob, error: unknown) => told.push([event, error === one]));
          }
          queue.process(1, () => Promise.reject(one));
          await queue.createJob({}).retries(1).save();
          await until(() => told.length === 4, 'all was told');
          return told;
        },
      );
    }
  });

  describe('getJobs and getJob', () => {
    same('return the instances that were saved here', async ({ make }) => {
      const queue = make({ isWorker: false });
      await queue.ready();
      const waiting = await queue.createJob({ n: 1 }).save();
      const delayed = await queue
        .createJob({ n: 2 })
        .delayUntil(Date.now() + 60_000)
        .save();

      const [one] = await queue.getJobs('waiting', { start: 0, end: 10 });
      const [two] = await queue.getJobs('delayed', { start: 0, end: 10 });
      const three = await queue.getJob(String(waiting.id));

      return [one === waiting, two === delayed, three === waiting];
    });
  });

  describe("bee-queue's Job class over the queue", () => {
    same('saves jobs as the queue itself, delayed ones too', async ({ make }) => {
      const queue = make({ isWorker: false });
      await queue.ready();
      const job = await new BeeJob(queue, null, { n: 1 }).retries(3).save();
      const taken = await new BeeJob(queue, String(job.id), { n: 2 }).save();
      const named = await new BeeJob(queue, 'mine', { n: 3 }, { retries: 2 }).save();
      await new BeeJob(queue, null, { n: 4 }).delayUntil(Date.now() + 60_000).save();

      const { waiting, delayed } = await queue.checkHealth();
      const read = await BeeJob.fromId(queue, 'mine');
      return [
        typeof job.id,
        taken.id,
        named.id,
        waiting,
        delayed,
        read?.data,
        read?.options['retries'],
        read?.status,
      ];
    });

    same('is told of its events, and does what a job does', async ({ make }) => {
      const queue = make();
      const gate = new Gate();
      await queue.ready();
      const job = await new BeeJob(queue, 'a', { n: 1 }).save();
      const other = await new BeeJob(queue, 'b', { n: 2 }).save();
      const progress = next(job, 'progress');
      const succeeded = next(job, 'succeeded');
      await other.remove();
      await job.reportProgress(5);
      const [reported] = await progress;
      queue.process(1, async () => {
        await gate.pass();
        return 'done';
      });
      gate.open();
      const [result] = await succeeded;
      return [reported, result, await job.isInSet('succeeded'), await BeeJob.fromId(queue, 'b')];
    });

    same('is woken for its delayed jobs', async ({ make }) => {
      const queue = make({ activateDelayedJobs: true });
      await queue.ready();
      queue.process(1, async () => 'done');
      const job = new BeeJob(queue, null, {}).delayUntil(Date.now() + 100);
      const saved = await job.save();
      const [result] = await next(saved, 'succeeded');
      return result;
    });
  });

  describe('public programs', () => {
    same(
      'a scheduler that makes jobs by the Job class, and a worker from the settings of its queue',
      async ({ make }) => {
        const scheduler = make({
          isWorker: false,
          getEvents: false,
          storeJobs: false,
          activateDelayedJobs: true,
        });
        await scheduler.ready();
        const worker = make({ redis: scheduler.settings.redis, activateDelayedJobs: true });
        const done: unknown[] = [];
        worker.process(1, async (job) => void done.push(job.data));

        for (const [at, task] of ['sweep', 'report', 'mail'].entries()) {
          const job = new BeeJob(scheduler, `${task}-today`, { task }).retries(2);
          await (at === 2 ? job.delayUntil(Date.now() + 50) : job).save();
          // Each process of it does so; the second finds that it is planned.
          await new BeeJob(scheduler, `${task}-today`, { task }).save();
        }
        await until(() => done.length === 3, 'the tasks ran');
        const { waiting, delayed } = await scheduler.checkHealth();
        return [done, waiting, delayed];
      },
    );

    same('a sensor that calls destroy and fills the queue in the same turn', async ({ make }) => {
      const queue = make({ isWorker: false });
      await queue.ready();
      await queue.saveAll(Array.from({ length: 20 }, () => queue.createJob({ stale: true })));
      await queue
        .createJob({ stale: true })
        .delayUntil(Date.now() + 60_000)
        .save();

      const destroyed = queue.destroy();
      const saved = Array.from({ length: 50 }, (_, reading) => queue.createJob({ reading }).save());
      await Promise.all([destroyed, ...saved]);

      const { waiting, delayed } = await queue.checkHealth();
      const readings = await queue.getJobs('waiting', { start: 0, end: 100 });
      const first = readings.map(({ data }) => (data as { reading: number }).reading).at(-1);
      return [waiting, delayed, readings.length, first];
    });
  });
});
