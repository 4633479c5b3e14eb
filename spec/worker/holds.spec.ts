import { once } from 'node:events';
import { expect } from 'chai';
import { z } from 'zod';
import { ApiaryError, DiscardJob, RetryAfter, RetryLater } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const HOUR_MS = 3_600_000;

describe('a handler that holds others back', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  const inspector = () => new Inspector({ client: workers.client });
  const job = () => defineJob({ type: 'job', queue: workers.queue, schema: z.any(), retries: 1 });
  /** A worker that runs one job at a time, and throws once what it is given; tells which data it has seen. */
  const start = async (toThrow: Error): Promise<unknown[]> => {
    const seen: unknown[] = [];
    const handler = handle(job(), (data) => {
      seen.push(data);
      if (seen.length === 1) throw toThrow;
    });
    await workers.worker({ handlers: [handler], concurrency: 1 }).start();
    return seen;
  };

  for (const [what, error, state] of [
    ['RetryAfter', new RetryAfter('429', HOUR_MS, { holds: 'queue' }), 'delayed'],
    ['RetryLater', new RetryLater(HOUR_MS, '429', { holds: 'queue' }), 'delayed'],
  ] as const) {
    it(`lets nothing of its queue begin, by ${what}, until it is let go`, async () => {
      const ids = (await workers.producer.addMany(job(), [1, 2, 3])).map(({ id }) => id);
      const seen = await start(error);
      await until(
        async () => (await inspector().job(workers.queue, ids[0] ?? ''))?.state === state,
        'it waits',
      );
      // Nothing can be waited for that does not happen: another worker has looked meanwhile.
      const other = workers.worker({ handlers: [handle(job(), (data) => seen.push(data))] });
      await other.start();
      await until(async () => (await inspector().limits.holds(workers.queue)).length === 1, 'it is held');

      expect(seen).to.deep.equal([1]);
      const [reason] = await inspector().why(workers.queue, ids[2] ?? '');
      expect(reason).to.include({ reason: 'held', of: 'queue', key: null });

      await inspector().limits.refill(workers.queue);
      await until(() => seen.length === 3, 'the others have run');
      expect(await inspector().limits.holds(workers.queue)).to.deep.equal([]);
    });
  }

  it('holds back its key alone, and a job of another runs', async () => {
    const seen: unknown[] = [];
    const handler = handle(job(), (data) => {
      seen.push(data);
      if (data === 'a1') throw new RetryAfter('429', HOUR_MS, { holds: 'key' });
    });
    await workers.producer.addMany(job(), ['a1', 'a2'], { key: 'a' });
    await workers.producer.add(job(), 'b1', { key: 'b' });
    await workers.producer.add(job(), 'none');
    await workers.worker({ handlers: [handler], concurrency: 1 }).start();

    await until(() => seen.includes('b1') && seen.includes('none'), 'the others have run');

    expect(seen).not.to.include('a2');
    expect(await inspector().limits.holds(workers.queue)).to.have.length(1);
  });

  it('does so also where its own job has no retries left', async () => {
    const [id = ''] = await workers.add('first', 'second');
    const worker = workers.worker({
      handlers: [
        workers.handler(() => {
          throw new RetryAfter('429', HOUR_MS, { holds: 'queue' });
        }),
      ],
      concurrency: 1,
    });
    const failed = once(worker.events, 'job:failed');
    await worker.start();

    await failed;

    expect((await inspector().job(workers.queue, id))?.state).to.equal('failed');
    await until(async () => (await inspector().limits.holds(workers.queue)).length === 1, 'it is held');
    expect(await workers.waiting()).to.deep.equal(['second']);
  });

  it('holds nothing by a job without a key that names that', async () => {
    await workers.add(1, 2);
    const seen = await start(new RetryAfter('429', HOUR_MS, { holds: 'key' }));

    await until(() => seen.length === 2, 'the next has run');
  });

  it('leaves others alone by an error that does not ask for it', async () => {
    await workers.add(1, 2);
    const seen = await start(new DiscardJob('no'));

    await until(() => seen.length === 2, 'the next has run');
    expect(await workers.client.exists(`bq:${workers.queue}:rates`)).to.equal(0);
  });

  it('refuses to hold anything else', () => {
    const odd = { holds: 'world' } as object;

    expect(() => new RetryAfter('429', 1, odd)).to.throw(ApiaryError, /holds must be queue or key/);
    expect(() => new RetryLater(1, '429', odd)).to.throw(ApiaryError, /holds must be queue or key/);
  });
});
