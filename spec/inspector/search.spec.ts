import { expect } from 'chai';
import { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import type { JobSearch } from '../../lib/inspector/search.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take } from '../support/engine.ts';

describe('a search of jobs', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
  });
  afterEach(async () => {
    await inspector.deleteQueue(queue, { force: true });
    await engine.close();
  });

  const addMany = (count: number, data: (at: number) => unknown = (at) => ({ at })) =>
    engine.store.save(Array.from({ length: count }, (_, at) => jobOf(`job-${at}`, data(at))));
  const idsOf = ({ jobs }: { jobs: readonly { id: string }[] }): string[] => jobs.map(({ id }) => id);

  it('finds nothing where there is nothing', async () => {
    expect(await inspector.search(queue, { state: 'waiting' })).to.deep.equal({
      jobs: [],
      scanned: 0,
      total: 0,
      closed: 0,
      cursor: null,
    });
  });

  it('ends a page early whose jobs are large', async () => {
    await addMany(24, () => 'x'.repeat(1024 * 1024));

    const first = await inspector.search(queue, { state: 'waiting' });
    const second = await inspector.search(queue, { state: 'waiting', cursor: first.cursor });

    expect([first.jobs.length, second.jobs.length, second.cursor]).to.deep.equal([16, 8, null]);
  }).timeout(30_000);

  it('finds by type, and by that of the queue where a job has none', async () => {
    await engine.save('a', { type: 'email.send' });
    await engine.save('b', { type: 'email' });
    await engine.save('c');

    expect(idsOf(await inspector.search(queue, { state: 'waiting', type: 'email' }))).to.deep.equal(['b']);
    expect(idsOf(await inspector.search(queue, { state: 'waiting', type: queue }))).to.deep.equal(['c']);
  });

  it('finds by key', async () => {
    await engine.save('a', { key: 'tenant-1' });
    await engine.save('b', { key: 'tenant-10' });
    await engine.save('c');

    const found = await inspector.search(queue, { state: 'waiting', key: 'tenant-1' });

    expect(idsOf(found)).to.deep.equal(['a']);
    expect(found.jobs[0]).to.deep.equal(await inspector.job(queue, 'a'));
  });

  it('finds by a part of the newest error', async () => {
    await engine.add('a', 'b');
    const session = engine.session();
    const taken = await take(session);
    const error = new Error('mailbox <full>');
    const [first, second] = taken;
    if (!first || !second) throw new Error('two jobs were to be taken');
    await settle(session, [first, { kind: 'failed', error, as: 'failed' }], [second, outcomes.failed]);

    const found = await inspector.search(queue, { state: 'failed', error: 'box <fu' });

    expect(idsOf(found)).to.deep.equal(['a']);
    expect(found).to.include({ scanned: 2, total: 2, cursor: null });
  });

  it('finds by a value in the data', async () => {
    await addMany(300, (at) => ({ customer: { no: at % 3 }, tags: [`t-${at}`] }));

    const byNumber = { path: 'customer.no', value: '1' };
    const byTag = { path: 'tags.0', value: 't-7' };

    expect((await inspector.search(queue, { state: 'waiting', field: byNumber })).jobs).to.have.length(100);
    expect(idsOf(await inspector.search(queue, { state: 'waiting', field: byTag }))).to.deep.equal(['job-7']);
  });

  it('wants all that was said to hold', async () => {
    await engine.save('a', { key: 'k', type: 't' });
    await engine.save('b', { key: 'k', type: 'u' });

    const search: JobSearch = { state: 'waiting', key: 'k', type: 't', field: { path: 'id', value: 'a' } };

    expect(idsOf(await inspector.search(queue, search))).to.deep.equal(['a']);
    expect(idsOf(await inspector.search(queue, { ...search, type: 'u' }))).to.deep.equal([]);
  });

  it('tells when a delayed job is due', async () => {
    await engine.save('a', {}, { inMs: 60_000 });

    const { jobs } = await inspector.search(queue, { state: 'delayed' });

    expect(jobs).to.deep.equal([await inspector.job(queue, 'a')]);
    expect(jobs[0]?.options.runAt).to.be.a('number');
  });

  it('stops at enough, and goes on there', async () => {
    await addMany(500);
    const wanted = { state: 'waiting', limit: 180 } as const;

    const first = await inspector.search(queue, wanted);
    const second = await inspector.search(queue, { ...wanted, cursor: first.cursor });
    const third = await inspector.search(queue, { ...wanted, cursor: second.cursor });

    expect(first).to.include({ scanned: 180, total: 500 });
    expect(third.cursor).to.equal(null);
    expect([first, second, third].flatMap(idsOf)).to.deep.equal(
      Array.from({ length: 500 }, (_, at) => `job-${499 - at}`),
    );
  });

  it('says that it came to the end where the last job is the last that is wanted', async () => {
    await addMany(3);

    expect(await inspector.search(queue, { state: 'waiting', limit: 3 })).to.include({ cursor: null });
    expect(await inspector.search(queue, { state: 'waiting', most: 3 })).to.include({ cursor: null });
    expect((await inspector.search(queue, { state: 'waiting', most: 2 })).cursor).to.be.a('string');
  });

  it('looks at no more than it may, and goes on there', async () => {
    await addMany(1_000);
    const wanted = { state: 'waiting', most: 400, field: { path: 'at', value: '3' } } as const;

    const first = await inspector.search(queue, wanted);
    const second = await inspector.search(queue, { ...wanted, cursor: first.cursor });
    const third = await inspector.search(queue, { ...wanted, cursor: second.cursor });

    expect(first).to.deep.include({ jobs: [], scanned: 400, total: 1_000 });
    expect(second).to.deep.include({ jobs: [], scanned: 400 });
    expect(third).to.include({ scanned: 200, cursor: null });
    expect(idsOf(third)).to.deep.equal(['job-3']);
  });

  it('looks at each job once, though the windows overlap', async () => {
    await addMany(700);

    const { jobs, scanned } = await inspector.search(queue, { state: 'waiting', limit: 1_000 });

    expect(scanned).to.equal(700);
    expect(new Set(jobs.map(({ id }) => id)).size).to.equal(700);
  });

  it('asks Redis for few records at a time where they are large', async () => {
    await addMany(40, () => ({ text: 'x'.repeat(100_000) }));
    const lengths: number[] = [];
    const spied = Object.create(engine.client) as typeof engine.client;
    spied.hmget = (async (key: string, ...ids: string[]) => {
      lengths.push(ids.length);
      return engine.client.hmget(key, ...ids);
    }) as typeof engine.client.hmget;

    await new Inspector({ client: spied }).search(queue, { state: 'waiting' });

    expect(lengths.slice(0, 3)).to.deep.equal([10, 5, 5]);
  });

  it('shows a job that cannot be read, and goes on', async () => {
    await engine.add('a', 'b', 'c');
    await engine.client.hset(engine.keys.jobs, 'b', '{oops');

    const found = await inspector.search(queue, { state: 'waiting' });

    expect(idsOf(found)).to.deep.equal(['c', 'b', 'a']);
    expect(found.jobs[1]?.data).to.equal('{oops');
  });

  it('passes over a job that was removed after its id was read', async () => {
    await engine.add('a', 'b', 'c');
    await engine.client.hdel(engine.keys.jobs, 'b');

    const found = await inspector.search(queue, { state: 'waiting', limit: 2 });

    expect(idsOf(found)).to.deep.equal(['c', 'a']);
    expect(found).to.include({ scanned: 2, cursor: null });
  });

  describe('refuses', () => {
    const pathsOf = async (search: unknown): Promise<string[]> => {
      try {
        await inspector.search(queue, search as JobSearch);
      } catch (error) {
        if (error instanceof ApiaryError && error.code === 'JOB_INVALID') {
          return error.problems.map(({ path }) => path);
        }
      }
      return [];
    };

    for (const [path, search] of [
      ['state', { state: 'done' }],
      ['type', { state: 'failed', type: '' }],
      ['key', { state: 'failed', key: 7 }],
      ['error', { state: 'failed', error: null }],
      ['limit', { state: 'failed', limit: 0 }],
      ['limit', { state: 'failed', limit: 1_001 }],
      ['most', { state: 'failed', most: 100_001 }],
      ['most', { state: 'failed', most: 1.5 }],
      ['cursor', { state: 'failed', cursor: '' }],
      ['cursor', { state: 'failed', cursor: 'nonsense' }],
      ['field.path', { state: 'failed', field: { path: '', value: 'x' } }],
      ['field.path', { state: 'failed', field: { path: 'a..b', value: 'x' } }],
      ['field.value', { state: 'failed', field: { path: 'a', value: 7 } }],
      ['field', { state: 'failed', field: { path: 'a', value: 'x', like: 'y' } }],
      ['typ', { state: 'failed', typ: 'email.send' }],
    ] as const) {
      it(`${JSON.stringify(search)}, by ${path}`, async () => {
        expect(await pathsOf(search)).to.deep.equal([path]);
      });
    }

    it('all wrong fields at a time', async () => {
      const paths = await pathsOf({ state: 'x', key: '', field: 'y', limit: -1 });

      expect(paths).to.deep.equal(['state', 'key', 'field', 'field.path', 'field.value', 'limit']);
    });
  });

  describe('by id', () => {
    it('finds the jobs of all queues that have it', async () => {
      const other = testQueueName();
      const id = `job-of-${queue}`;
      const inspectorOfBoth = new Inspector({ client: engine.client, knownQueues: [other, queue] });
      await engine.save(id);
      await engine.client.eval(
        "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) redis.call('LPUSH', KEYS[2], ARGV[1])",
        2,
        engine.keys.sibling(other).jobs,
        engine.keys.sibling(other).waiting,
        id,
        '{"data":1,"options":{"timestamp":1},"status":"created","progress":0}',
      );

      const found = await inspectorOfBoth.find(id);

      expect(found.map((job) => [job.queue, job.id]).sort()).to.deep.equal(
        [
          [other, id],
          [queue, id],
        ].sort(),
      );
      await inspector.deleteQueue(other, { force: true });
    });

    it('finds none where there is none', async () => {
      expect(await inspector.find(`none-of-${queue}`)).to.deep.equal([]);
    });
  });
});
