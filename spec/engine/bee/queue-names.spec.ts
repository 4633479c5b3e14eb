import { expect } from 'chai';
import { Queue } from '../../../lib/engine/bee/queue.ts';
import { SpecQueues } from '../../support/queues.ts';
import { redisUrl } from '../../support/redis.ts';
import { refusal } from '../../support/refusal.ts';

const HALF = 'pay\ud83dments';
const ODD = 'a: {b}\u0007\u202e \u{1f41d}';

describe('names and ids in a Queue', () => {
  let queues: SpecQueues;

  beforeEach(() => {
    queues = new SpecQueues();
  });
  afterEach(async () => {
    await queues.close();
  });

  it('refuse half a surrogate pair as its name and as its prefix', () => {
    const settings = { redis: redisUrl() };

    expect(refusal(() => new Queue(HALF, settings))).to.include({ code: 'JOB_INVALID' });
    expect(refusal(() => new Queue('mail', { ...settings, prefix: HALF })).message).to.match(
      /^prefix must be a text without halves of surrogate pairs, not "pay\\ud83dments"$/,
    );
  });

  it('refuse half a surrogate pair as the id of a job, however it is given', async () => {
    const queue = queues.ours<string>({ isWorker: false });
    const job = queue.createJob('one');
    job.id = HALF;

    expect(refusal(() => queue.createJob('two').setId(HALF))).to.include({ code: 'JOB_INVALID' });
    const saved = await job.save().catch((error: unknown) => error);
    expect(saved).to.include({ code: 'JOB_INVALID' });
    expect((await queue.saveAll([job])).get(job)).to.include({ code: 'JOB_INVALID' });
    expect(await queue.getJob(HALF).catch((error: unknown) => error)).to.include({ code: 'JOB_INVALID' });
    expect(await queue.removeJob(HALF).catch((error: unknown) => error)).to.include({ code: 'JOB_INVALID' });
    expect(await queue.client.exists(queue.keys.jobs)).to.equal(0);
  });

  it('take whatever else stock bee-queue takes', async () => {
    const queue = new Queue(ODD, { redis: redisUrl() });
    try {
      const saved = await queue.createJob('one').setId(ODD).save();

      expect(saved.id).to.equal(ODD);
      expect((await queue.getJob(ODD))?.data).to.equal('one');
      expect(await queue.client.hexists(`bq:${ODD}:jobs`, ODD)).to.equal(1);
    } finally {
      await queue.destroy();
      await queue.close();
    }
  });
});
