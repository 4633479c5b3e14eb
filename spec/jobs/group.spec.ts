import { expect } from 'chai';
import { z } from 'zod';
import { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import type { GroupOptions } from '../../lib/jobs/group.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { resolveOptions } from '../../lib/jobs/resolve-options.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { startProxy } from '../support/proxy.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const schema = z.object({ n: z.number() });

describe('the option group', () => {
  let client: RedisClient;
  let producer: Producer;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
    producer = new Producer({ client });
    inspector = new Inspector({ client });
  });
  afterEach(() => closeClient(client));

  const digest = (group: GroupOptions = {}) => defineJob({ type: 'digest', queue, schema, group });
  const groupOf = (name: string) => inspector.groups.get(queue, { type: 'digest', name });
  const refusalOf = (work: () => unknown): ApiaryError => {
    try {
      work();
    } catch (error) {
      if (error instanceof ApiaryError && error.code === 'JOB_INVALID') return error;
    }
    return expect.fail('it was accepted');
  };

  describe('of a definition', () => {
    it('has defaults', () => {
      expect(digest().group).to.deep.equal({ graceMs: 5_000, maxDelayMs: 60_000, maxSize: 100 });
    });

    it('lets the longest delay follow a longer grace', () => {
      expect(digest({ graceMs: 90_000 }).group).to.include({ maxDelayMs: 90_000 });
    });

    for (const [what, group, message] of [
      ['an unknown name', { size: 1 }, 'group.size is unknown; known are graceMs, maxDelayMs, maxSize'],
      ['no grace', { graceMs: 0 }, 'group.graceMs must be whole milliseconds from 1'],
      ['a part of a millisecond', { maxDelayMs: 1.5 }, 'group.maxDelayMs must be whole milliseconds from 1'],
      [
        'a delay below the grace',
        { graceMs: 9, maxDelayMs: 8 },
        'group.maxDelayMs must not be less than graceMs',
      ],
      [
        'more jobs than a call may have',
        { maxSize: 1_001 },
        'group.maxSize must be a whole number from 1 to 1000',
      ],
      ['a name', 'user', 'group must be an object'],
    ] as const) {
      it(`is refused with ${what}`, () => {
        expect(refusalOf(() => digest(group as GroupOptions)).message).to.contain(
          `job type digest: ${message}`,
        );
      });
    }
  });

  describe('of a job', () => {
    for (const group of ['', 'a\nb', 'x'.repeat(257), 7]) {
      it(`is refused when it is ${JSON.stringify(group).slice(0, 10)}`, () => {
        const given = { group } as JobOptions;

        expect(refusalOf(() => resolveOptions({}, given)).problems[0]).to.include({ path: 'options.group' });
      });
    }

    for (const [name, value] of [
      ['unique', { key: 'k' }],
      ['expiresAt', 9e12],
      ['deadlineAt', 9e12],
    ] as const) {
      it(`is refused together with ${name}`, () => {
        const given: JobOptions = { group: 'g', [name]: value };

        expect(refusalOf(() => resolveOptions({}, given)).problems).to.deep.equal([
          { path: `options.${name}`, message: 'cannot be given together with group' },
        ]);
      });
    }

    it('is refused where its type says nothing of groups, and nothing is stored', async () => {
      const plain = defineJob({ type: 'digest', queue, schema });

      const options: JobOptions = { group: 'g' };
      const error = await producer.add(plain, { n: 1 }, options).catch((thrown: unknown) => thrown);

      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error).to.have.nested.property('problems[0].path', 'options.group');
      expect((await inspector.queue(queue)).grouped).to.equal(0);
    });
  });

  it('lets the job wait in its group, with what the definition says of it', async () => {
    const added = await producer.add(digest({ graceMs: 1_000, maxSize: 7 }), { n: 1 }, { group: 'ada' });

    expect(added).to.include({ queue, type: 'digest', created: true, state: 'waiting' });
    expect(await groupOf('ada')).to.include({ size: 1, graceMs: 1_000, maxDelayMs: 60_000, maxSize: 7 });
    expect(await inspector.job(queue, added.id)).to.deep.include({ state: 'waiting', data: { n: 1 } });
    expect((await inspector.job(queue, added.id))?.options.group).to.deep.equal({ name: 'ada', size: null });
  });

  it('takes many jobs in their order', async () => {
    const data = Array.from({ length: 600 }, (_, n) => ({ n }));

    const added = await producer.addMany(digest({ maxSize: 1_000 }), data, { group: 'ada' });

    const { jobs } = await inspector.groups.jobs(queue, { type: 'digest', name: 'ada' }, { limit: 1_000 });
    expect(jobs.map(({ id }) => id)).to.deep.equal(added.map(({ id }) => id));
    expect(jobs.map((job) => job.data)).to.deep.equal(data);
  });

  it('takes a delay along, and says so', async () => {
    const added = await producer.add(digest(), { n: 1 }, { group: 'ada', delayMs: 60_000 });

    expect(added).to.include({ state: 'delayed' });
    expect(await inspector.job(queue, added.id)).to.include({ state: 'delayed' });
    expect(await groupOf('ada')).to.include({ size: 0, delayed: 1, dueAt: null });
  });

  it('takes what is added without a definition with the defaults', async () => {
    await producer.addRaw({ type: 'digest', queue, data: { n: 1 }, options: { group: 'ada' } });

    expect(await groupOf('ada')).to.include({ size: 1, graceMs: 5_000, maxDelayMs: 60_000, maxSize: 100 });
  });

  it('answers an id that waits in the group as one that is there', async () => {
    await producer.add(digest(), { n: 1 }, { group: 'ada', id: 'mine' });

    const again = await producer.add(digest(), { n: 2 }, { group: 'ada', id: 'mine' });

    expect(again).to.include({ id: 'mine', created: false, state: null });
    expect(await groupOf('ada')).to.include({ size: 1 });
  });

  it('gives the carrier the options of the jobs, but for headers and times', async () => {
    const options = {
      group: 'ada',
      retries: 7,
      timeoutMs: 9,
      headers: { from: 'a' },
      backoff: { type: 'fixed', delayMs: 5 },
    };

    await producer.add(digest({ maxSize: 1 }), { n: 1 }, options);

    const [carrier] = (await inspector.jobs(queue, { state: 'waiting' })).jobs;
    expect(carrier).to.deep.include({ type: 'digest', headers: {} });
    expect(carrier?.options).to.deep.include({
      retriesLeft: 7,
      timeoutMs: 9,
      group: { name: 'ada', size: 1 },
    });
    expect(carrier?.options.backoff).to.include({ type: 'fixed', delayMs: 5 });
  });

  it('makes no second job when the answer of Redis is lost and the group was handed over meanwhile', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const shaky = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'commands', { log: silentLog });
    const through = new Producer({ client: shaky });
    const full = digest({ maxSize: 1 });
    const handedOver = async () => (await inspector.queue(queue)).counts.waiting;
    await through.add(full, { n: 1 }, { group: 'ada' });
    proxy.dropReplies(true);

    const adding = through.add(full, { n: 2 }, { group: 'ada' });
    await until(async () => (await handedOver()) === 2, 'Redis had it');
    proxy.dropReplies(false);
    proxy.cut();

    expect(await adding).to.include({ created: true });
    expect(await handedOver()).to.equal(2);
    expect(await groupOf('ada')).to.equal(null);
    await closeClient(shaky);
    await proxy.close();
  });
});
