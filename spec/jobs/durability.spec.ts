import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { createProducer, type NotDurableError, type Producer } from '../../lib/client.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { freePort } from '../../lib/redis/free-port.ts';
import { type BareRedis, startBareRedis } from '../support/redis-server.ts';
import { until } from '../support/wait.ts';

const note = defineJob({ type: 'note', queue: 'notes', schema: z.string() });
const SOON = { replicas: 1, timeoutMs: 200 };
const PATIENT = { replicas: 1, timeoutMs: 5_000 };

describe('an add with durability', () => {
  let primary: BareRedis;
  let replica: BareRedis;
  let producer: Producer;
  let onPrimary: Redis;
  let onReplica: Redis;

  beforeEach(async () => {
    primary = await startBareRedis(await freePort(), { 'repl-diskless-sync-delay': '0' });
    replica = await startBareRedis(await freePort(), { replicaof: `127.0.0.1 ${primary.port}` });
    onPrimary = new Redis(primary.url);
    onReplica = new Redis(replica.url);
    await until(async () => /state=online/.test(await onPrimary.info('replication')), 'the replica is there');
    producer = createProducer({ redis: primary.url });
  });
  afterEach(async () => {
    replica.kill('SIGCONT');
    await producer.close();
    for (const client of [onPrimary, onReplica]) client.disconnect();
    await Promise.all([primary.stop(), replica.stop()]);
  });

  const refused = (adding: Promise<unknown>): Promise<NotDurableError> =>
    adding.then(
      () => expect.fail('it was acknowledged'),
      (error) => error,
    );
  const connectionCount = async (): Promise<number> =>
    String(await onPrimary.client('LIST')).match(/name=apiary:durable:/g)?.length ?? 0;

  const untilWaiting = (): Promise<unknown> =>
    until(async () => /cmd=wait /.test(String(await onPrimary.client('LIST'))), 'it waits');

  it('is acknowledged when the replicas have it', async () => {
    const one = await producer.add(note, 'a', { durability: PATIENT });
    const many = await producer.addMany(note, ['b', 'c'], { durability: PATIENT });
    const planned = await producer.addMany([jobFor(note, 'd', { id: 'own' })], { durability: PATIENT });
    for (const { id, created } of [one, ...many, ...planned]) {
      expect([created, await onReplica.hexists('bq:notes:jobs', id)]).to.deep.equal([true, 1]);
    }
    expect(await connectionCount()).to.equal(1);
  });

  it('rejects where a replica has not got it, and waits anew when it is asked again', async () => {
    await producer.add(note, 'first', { durability: PATIENT });
    replica.kill('SIGSTOP');
    const error = await refused(producer.add(note, 'a', { id: 'own', durability: SOON }));
    expect(error).to.include({ name: 'ApiaryError', code: 'NOT_DURABLE' });
    expect(error.message).to.include('job own of queue notes').and.include('0 of 1 replicas');
    expect(error.jobs.map(({ id, queue }) => [id, queue])).to.deep.equal([['own', 'notes']]);
    expect(await onPrimary.hexists('bq:notes:jobs', 'own')).to.equal(1);
    const again = await refused(producer.add(note, 'a', { id: 'own', durability: SOON }));
    expect(again).to.have.property('code', 'NOT_DURABLE');

    replica.kill('SIGCONT');
    const { created } = await producer.add(note, 'a', { id: 'own', durability: PATIENT });
    expect(created).to.equal(false);
    expect(await onReplica.hexists('bq:notes:jobs', 'own')).to.equal(1);
  });

  describe('on disk', () => {
    const ON_DISK = { replicas: 0, timeoutMs: 5_000, onDisk: true };
    const isNew = async (): Promise<boolean> => {
      const [, major = 0, minor = 0] =
        /redis_version:(\d+)\.(\d+)/.exec(await onPrimary.info('server'))?.map(Number) ?? [];
      return major > 7 || (major === 7 && minor >= 2);
    };

    it('is refused before anything is stored where the server cannot tell of its disk', async () => {
      const why = (await isNew()) ? 'writes no append-only file' : 'has no WAITAOF';

      const error = await refused(producer.add(note, 'a', { id: 'own', durability: ON_DISK }));

      expect(error).to.have.property('code', 'REDIS_REFUSED');
      expect(error.message).to.include(why);
      expect(await onPrimary.hexists('bq:notes:jobs', 'own')).to.equal(0);
    });

    it('is acknowledged when the primary has written it', async function () {
      if (!(await isNew())) return this.skip();
      await onPrimary.config('SET', 'appendonly', 'yes');

      expect(await producer.add(note, 'a', { durability: ON_DISK })).to.include({ created: true });
      const one = { replicas: 1, timeoutMs: 50, onDisk: true };
      const error = await refused(producer.add(note, 'a', { durability: one }));
      expect(error.message).to.include('0 of 1 replicas had it on their disks');
    });

    it('may ask for no replica, which nothing else may', async () => {
      const none = { replicas: 0, timeoutMs: 50 };

      expect(await refused(producer.add(note, 'a', { durability: none }))).to.have.property(
        'code',
        'JOB_INVALID',
      );
    });
  });

  it('takes no answer of another connection than that of the save', async () => {
    await producer.add(note, 'first', { durability: PATIENT });
    replica.kill('SIGSTOP');
    const adding = refused(producer.add(note, 'a', { id: 'own', durability: PATIENT }));
    await untilWaiting();
    const line = String(await onPrimary.client('LIST'))
      .split('\n')
      .find((one) => one.includes(':durable:'));
    await onPrimary.client('KILL', 'ID', Number(/^id=(\d+)/.exec(line ?? '')?.[1]));
    replica.kill('SIGCONT');
    const error = await adding;
    expect(error).to.have.property('code', 'NOT_DURABLE');
    expect(error.message).to.include('the connection to Redis was lost meanwhile');
  });

  it('names all of many', async () => {
    const error = await refused(
      producer.addMany(note, ['a', 'b'], { durability: { replicas: 2, timeoutMs: 50 } }),
    );
    expect(error.message)
      .to.include('and 1 more')
      .and.match(/[01] of 2 replicas/);
    const ids = error.jobs.map(({ id }) => id);
    expect(await onPrimary.hmget('bq:notes:jobs', ...ids))
      .to.have.length(2)
      .and.not.include(null);
  });

  it('holds up no other add of the producer', async () => {
    replica.kill('SIGSTOP');
    const ends: string[] = [];
    const durable = producer.add(note, 'a', { durability: PATIENT }).then(() => ends.push('durable'));
    await untilWaiting();
    for (let at = 0; at < 20; at++) await producer.add(note, 'b');
    ends.push('others');
    replica.kill('SIGCONT');
    await durable;
    expect(ends).to.deep.equal(['others', 'durable']);
  });

  it('loses nothing that was acknowledged when the replica takes over', async () => {
    const all = createProducer({ redis: primary.url, durability: PATIENT });
    const acknowledged: string[] = [];
    const adding = Array.from({ length: 20 }, async () => {
      for (let at = 0; at < 1_000; at++) {
        const { id } = await all.add(note, 'x');
        acknowledged.push(id);
      }
    });
    const ended = Promise.allSettled(adding);
    await until(() => acknowledged.length >= 500, 'some are acknowledged');
    await primary.end();
    await all.close();
    await ended;
    await onReplica.replicaof('NO', 'ONE');
    const kept = new Set(await onReplica.hkeys('bq:notes:jobs'));
    expect(acknowledged.filter((id) => !kept.has(id))).to.deep.equal([]);
  });

  it('shares a wait with all that are under way', async () => {
    await Promise.all(Array.from({ length: 500 }, () => producer.add(note, 'x', { durability: PATIENT })));
    const calls = /cmdstat_wait:calls=(\d+)/.exec(await onPrimary.info('commandstats'));
    expect(Number(calls?.[1])).to.be.within(1, 20);
  });

  it('of a producer holds for chains, batches and raw jobs, and under other names', async () => {
    const strict = createProducer({ redis: primary.url, durability: { replicas: 2, timeoutMs: 50 } });
    const chained = [jobFor(note, 'a'), jobFor(note, 'b')];
    const codes = await Promise.all(
      [
        strict.add(note, 'a'),
        strict.as('other').addMany(note, ['a']),
        strict.addRaw({ type: 'note', queue: 'notes', data: 1 }),
        strict.addChain(chained),
        strict.addBatch({ jobs: chained, last: jobFor(note, 'c') }),
        strict.add(note, 'a', { durability: PATIENT }).then(() => ({ code: 'done' })),
      ].map(async (adding) => (await Promise.resolve(adding).catch((error) => error)).code),
    );
    expect(codes).to.deep.equal([...Array(5).fill('NOT_DURABLE'), 'done']);
    expect(await strict.addMany(note, [])).to.deep.equal([]);
    await strict.close();
    expect(await refused(strict.add(note, 'a'))).to.have.property('code', 'QUEUE_CLOSED');
  });

  it('costs no connection where nobody asks for it', async () => {
    await producer.add(note, 'a');
    await producer.addMany(note, ['b'], { durability: undefined });
    expect(await connectionCount()).to.equal(0);
  });

  it('says so where the user of Redis may not wait', async () => {
    await onPrimary.call('ACL', 'SETUSER', 'bound', 'on', '>pw', '~*', '&*', '+@all', '-wait');
    const bound = createProducer({ redis: `redis://bound:pw@127.0.0.1:${primary.port}` });
    const error = await refused(bound.add(note, 'a', { id: 'own', durability: PATIENT }));
    expect(error).to.have.property('code', 'NOT_DURABLE');
    expect(error.cause).to.have.property('code', 'REDIS_REFUSED');
    expect(await onPrimary.hexists('bq:notes:jobs', 'own')).to.equal(1);
    await bound.close();
  });

  it('takes only what can be', async () => {
    const wrong = [null, 1, [], {}, { replicas: 0, timeoutMs: 1 }, { replicas: 1, timeoutMs: 5_001 }];
    const more = [
      { ...SOON, fsync: true },
      { replicas: 1.5, timeoutMs: 1 },
      { replicas: 1, timeoutMs: NaN },
    ];
    for (const one of [...wrong, ...more]) {
      const durability = one as never;
      const error = await refused(producer.add(note, 'a', { durability }));
      expect(error).to.have.property('code', 'JOB_INVALID');
      expect(error.problems[0]?.path).to.match(/^durability/);
      expect(() => createProducer({ redis: primary.url, durability })).to.throw(/durability/);
    }
    expect(await refused(producer.add(note, 'a', null as never))).to.have.property('code', 'JOB_INVALID');
    expect(await onPrimary.exists('bq:notes:jobs')).to.equal(0);
  });
});
