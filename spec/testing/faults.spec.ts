import { expect } from 'chai';
import { z } from 'zod';
import { type BoundHandler, defineJob, handle, type JobContext } from '../../lib/index.ts';
import { type TestApiary, testApiary } from '../../lib/testing/index.ts';
import { redisUrl } from '../support/redis.ts';
import { refusal, rejection } from '../support/refusal.ts';

describe('faults on demand', () => {
  const Job = defineJob({ type: 'job', schema: z.object({}), retries: 1 });
  let kit: TestApiary;
  let runs: number;

  const open = async (run: (ctx: JobContext) => unknown): Promise<void> => {
    runs = 0;
    const job: BoundHandler = handle(Job, (_data, ctx) => {
      runs++;
      return run(ctx);
    });
    kit = await testApiary({ handlers: [job], redis: redisUrl() });
    await kit.producer.add(Job, {}, { id: 'a' });
  };
  afterEach(() => kit.close());

  it('kills the worker of a job, which runs again when the lease is over', async () => {
    const refused: unknown[] = [];
    await open(async (ctx) => {
      if (runs > 1) return 'done';
      kit.killWorker();
      await ctx.once('late', () => 1).catch((error: unknown) => refused.push(error));
      return 'too late';
    });

    const [first] = await kit.drain();
    expect(first).to.include({ outcome: 'killed', attempts: 0 });
    expect(await kit.inspector.job('default', 'a')).to.include({ state: 'active' });
    await kit.advance('9s');
    expect(await kit.drain()).to.deep.equal([]);
    const [second] = await kit.drain({ withDelayed: true });

    expect(second).to.include({ outcome: 'succeeded', result: 'done', attempts: 1 });
    expect(refused).to.have.nested.property('[0].code', 'JOB_LOST');
  });

  it('fails a job that is lost too often', async () => {
    await open(() => kit.killWorker());

    const [ran] = await kit.drain({ withDelayed: true });

    expect(runs).to.equal(3);
    expect(ran).to.include({ outcome: 'lost', attempts: 0 });
    expect(await kit.inspector.job('default', 'a')).to.include({ state: 'failed', outcome: 'lost' });
  });

  it('takes a claim away: the end of the attempt changes nothing, and the job runs again', async () => {
    await open(async (ctx) => {
      if (runs > 1) return 'second';
      await kit.loseClaim(ctx);
      expect(ctx.signal.aborted).to.equal(true);
      expect(await rejection(ctx.once('late', () => 1))).to.include({ code: 'JOB_LOST' });
      return 'first';
    });

    const [ran] = await kit.drain();

    expect(runs).to.equal(2);
    expect(ran).to.include({ outcome: 'succeeded', result: 'second' });
  });

  it('cuts Redis off until it is mended, or the attempt has ended', async () => {
    await open(async () => {
      if (runs > 1) return;
      await kit.cutRedis();
      await kit.producer.add(Job, {}, { id: 'b' });
    });

    const [ran] = await kit.drain();

    expect(ran).to.include({ outcome: 'retrying' });
    expect(ran?.errors[0]).to.include({ code: 'REDIS_UNAVAILABLE' });
    const mend = await kit.cutRedis();
    expect(await rejection(kit.producer.add(Job, {}))).to.include({ code: 'REDIS_UNAVAILABLE' });
    await mend();
    expect(await kit.drain({ withDelayed: true })).to.have.length(1);
  });

  it('says where a fault has to be asked for', async () => {
    await open(async () => {
      await kit.loseClaim({ id: 'other' });
    });

    expect(refusal(() => kit.killWorker()).message).to.include(
      'killWorker: no job is running; call it within',
    );
    expect((await rejection(kit.loseClaim({ id: 'a' }))).message).to.include('loseClaim: no job is running');
    const [ran] = await kit.drain();
    expect(ran?.errors[0]?.message).to.include('loseClaim: job other is not running; a is');
  });
});
