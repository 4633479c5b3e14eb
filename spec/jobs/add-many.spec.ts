import { expect } from 'chai';
import { z } from 'zod';
import type { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { AddManyError } from '../../lib/jobs/add-many.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient, untilKnown } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { startProxy } from '../support/proxy.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

describe('adding many jobs', () => {
  let client: RedisClient;
  let producer: Producer;
  let inspector: Inspector;
  let queue: string;
  let Mail: JobDefinition<{ to: string }>;

  beforeEach(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
    queue = testQueueName();
    producer = new Producer({ client });
    inspector = new Inspector({ client });
    Mail = defineJob({ type: 'mail.send', queue, schema: z.object({ to: z.email() }) });
  });
  afterEach(() => closeClient(client));

  const failureOf = (adding: Promise<unknown>): Promise<ApiaryError> =>
    adding.then(
      () => expect.fail('nothing was refused'),
      (error: ApiaryError) => error,
    );
  const counts = async () => (await inspector.queue(queue)).counts;
  const to = (name: string) => ({ to: `${name}@example.com` });

  it('names each that is wrong by its place, and stores none', async () => {
    const error = await failureOf(producer.addMany(Mail, [to('a'), { to: 'b' }, to('c'), { to: 'd' }]));

    expect(error.code).to.equal('JOB_INVALID');
    expect(error.message).to.match(/^job 1: data of mail.send is not valid: to: .* \(and 1 more\)$/);
    expect(error.problems.map(({ path }) => path)).to.deep.equal(['1.to', '3.to']);
    expect(await counts()).to.include({ waiting: 0 });
  });

  it('names a hundred that are wrong at most', async () => {
    const error = await failureOf(producer.addMany(Mail, Array(10_000).fill({ to: 'nobody' })));

    expect(error.problems).to.have.length(100);
  });

  it('names faults of the others beside one that has hundreds', async () => {
    const Sum = defineJob({ type: 'sum', queue, schema: z.array(z.number()) });
    const wrong: unknown = Array(500).fill('no');

    const error = await failureOf(producer.addMany(Sum, [wrong as number[], [1], [wrong as number]]));
    const alone = await failureOf(producer.addMany(Sum, [wrong as number[], [1]]));

    const paths = error.problems.map(({ path }) => path);
    expect([paths.length, paths[8], paths[9], paths[10]]).to.deep.equal([11, '0.8', '0', '2.0']);
    expect(error.problems[9]?.message).to.equal('has 491 more faults');
    expect(alone.problems).to.have.length(100);
    expect(alone.problems[99]).to.deep.equal({ path: '0', message: 'has 401 more faults' });
  });

  it('takes no id for all: but for the first, none would be added', async () => {
    const options = { id: 'the same' } as object;
    const errors = await Promise.all([
      failureOf(producer.addMany(Mail, [to('a'), to('b')], options)),
      failureOf(producer.addMany([jobFor(Mail, to('a')), jobFor(Mail, to('b'))], options)),
    ]);

    expect(errors.map(({ problems }) => problems[0]?.path)).to.deep.equal(['options.id', 'options.id']);
    expect(await counts()).to.include({ waiting: 0 });
  });

  it('passes on what a schema throws by mistake', async () => {
    const schema = z.unknown().refine(() => {
      throw new Error('a fault of the schema');
    });
    const Broken = defineJob({ type: 'broken', queue, schema });

    expect((await failureOf(producer.addMany(Broken, [1]))).message).to.equal('a fault of the schema');
  });

  describe('with options of their own', () => {
    it('adds jobs of any types, each with its options before those for all', async () => {
      const Other = defineJob({ type: 'other', queue, schema: z.number(), retries: 7 });

      const added = await producer.addMany(
        [
          jobFor(Mail, to('a'), { id: 'first' }),
          jobFor(Other, 1, { delayMs: 60_000, key: 'k' }),
          jobFor(Mail, to('b'), { unique: { key: 'one' } }),
          jobFor(Mail, to('c'), { unique: { key: 'one' } }),
          jobFor(Mail, to('d'), { headers: { from: 'itself' } }),
        ],
        { headers: { from: 'all' }, retries: 2 },
      );

      const jobs = await Promise.all(added.map(({ id }) => inspector.job(queue, id)));
      expect(added.map(({ created, state }) => [created, state])).to.deep.equal([
        [true, 'waiting'],
        [true, 'delayed'],
        [true, 'waiting'],
        [false, null],
        [true, 'waiting'],
      ]);
      expect(added[0]?.id).to.equal('first');
      expect(jobs.map((job) => job?.headers['from'])).to.deep.equal(['all', 'all', 'all', 'all', 'itself']);
      expect(jobs.map((job) => job?.options.retriesLeft)).to.deep.equal([2, 2, 2, 2, 2]);
      expect(jobs[1]?.options.key).to.equal('k');
    });

    it('names wrong data and options by their place, and stores none', async () => {
      const error = await failureOf(
        producer.addMany([jobFor(Mail, to('a')), jobFor(Mail, to('b'), { delayMs: -1 })]),
      );
      const other = await failureOf(producer.addMany([jobFor(Mail, to('a')), jobFor(Mail, { to: 'b' })]));

      expect(error.problems.map(({ path }) => path)).to.deep.equal(['1.options.delayMs']);
      expect(other.problems.map(({ path }) => path)).to.deep.equal(['1.to']);
      expect(await counts()).to.include({ waiting: 0 });
    });

    it('takes data that look like jobs with options for data', async () => {
      const Any = defineJob({ type: 'any', queue, schema: z.unknown() });
      const data = { data: 1, id: 'no id', delayMs: 60_000, definition: Any, options: { id: 'neither' } };

      const [added] = await producer.addMany(Any, [{ ...data, definition: null }]);

      expect(added?.id).to.not.be.oneOf(['no id', 'neither']);
      expect(await counts()).to.include({ waiting: 1, delayed: 0 });
    });

    for (const jobs of [[null], [{}], [{ definition: {} }], ['text']] as never[]) {
      it(`refuses ${JSON.stringify(jobs)}`, async () => {
        expect((await failureOf(producer.addMany(jobs))).code).to.equal('JOB_INVALID');
      });
    }
  });

  it('says which were stored and of which it is not known, when Redis goes away in the middle', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const shaky = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'requests', { log: silentLog });
    await untilKnown(shaky);
    const adding = failureOf(
      new Producer({ client: shaky }).addMany(
        Mail,
        Array.from({ length: 20_000 }, (_, at) => to(`a${at}`)),
      ),
    );
    await until(async () => (await client.hlen(`bq:${queue}:jobs`)) > 0, 'Redis has some');
    proxy.refuse(true);
    proxy.cut();

    const error = await adding;

    expect(error).to.be.an.instanceof(AddManyError);
    expect(error.code).to.equal('REDIS_UNAVAILABLE');
    const { results } = error as AddManyError;
    expect(results).to.have.length(20_000);
    const stored = results.flatMap((result) => (result.state === 'stored' ? [result.job.id] : []));
    const there = await client.hmget(`bq:${queue}:jobs`, 'x', ...stored);
    expect(there.filter((record) => record !== null)).to.have.length(stored.length);
    expect(new Set(results.map(({ state }) => state)))
      .to.include('unknown')
      .and.not.include('refused');
    await closeClient(shaky);
    await proxy.close();
  });

  it('says which were refused because of others', async () => {
    const [holder] = await producer.addMany(Mail, [to('a')], { unique: { key: 'k' } });
    const error = await failureOf(
      producer.addMany([
        jobFor(Mail, to('b')),
        jobFor(Mail, to('c'), { unique: { key: 'k', onConflict: 'reject' } }),
      ]),
    );

    expect(error.code).to.equal('JOB_EXISTS');
    expect(error.message).to.include(`(stored 1, refused 1, unknown 0)`).and.include(String(holder?.id));
    expect((error as AddManyError).results.map(({ state }) => state)).to.deep.equal(['stored', 'refused']);
  });
});
