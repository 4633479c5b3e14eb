import { expect } from 'chai';
import { type QueueKeys, queueKeys } from '../../../lib/engine/keys.ts';
import { JOB_STATES, type JobState } from '../../../lib/inspector/inspector.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../../support/monitor.ts';

const PAGE = `/arena/redis/${QUEUE}`;
const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const withOptions = (options: unknown): string =>
  JSON.stringify({ data: { to: 'x' }, options, status: 'failed', progress: 0 });

/** What may be found in place of a record: by other programs, other versions, or half-written. */
const RECORDS: Record<string, string> = {
  'no JSON': '{oops',
  nothing: '',
  null: 'null',
  'a list': '[]',
  'a text': '"text"',
  'a number': '1',
  'an empty object': '{}',
  'data alone': '{"data":1}',
  'options that are null': '{"data":1,"options":null}',
  'options that are a list': withOptions([]),
  'no data': '{"options":{"timestamp":1},"status":"created","progress":0}',
  'a wrong timestamp': withOptions({ timestamp: 'yesterday' }),
  'wrong errors': withOptions({ timestamp: 1, errors: 'none', stacktraces: 'none' }),
  'errors that are null': withOptions({ timestamp: 1, errors: [null, 1, 'x'], stacktraces: [null, {}] }),
  'wrong logs': withOptions({ timestamp: 1, logs: { a: 1 }, logsDropped: 'many' }),
  'logs that are null': withOptions({ timestamp: 1, logs: [null, 'x', { at: 'x' }] }),
  'a wrong run': withOptions({ timestamp: 1, run: 'fast', result: { a: 1 } }),
  'a run of texts': withOptions({ timestamp: 1, run: ['a', 'b', 'c', 'd'] }),
  'a wrong schedule': withOptions({ timestamp: 1, schedule: 'nightly' }),
  'a schedule without a name': withOptions({ timestamp: 1, schedule: {} }),
  'a wrong type': withOptions({ timestamp: 1, type: { a: 1 }, headers: 'x', key: 1 }),
  'wrong links': withOptions({ timestamp: 1, links: 'x', once: 1, unique: 'x', group: 'x', backoff: 'x' }),
  'huge times': withOptions({ timestamp: 1e300, delay: 1e300, run: [1, 1e300, 1, 'w'] }),
  'a prototype':
    '{"__proto__":{"data":1},"options":{"__proto__":{"timestamp":1}},"data":{"__proto__":{"a":1}}}',
  'deep data': `{"data":${deep(3_000)},"options":{"timestamp":1},"status":"created","progress":0}`,
  'data deeper than the stack': `{"data":${deep(100_000)},"options":{"timestamp":1},"status":"created","progress":0}`,
  'a deep result': `{"data":1,"options":{"timestamp":1,"result":${deep(100_000)}},"status":"created","progress":${deep(100_000)}}`,
};

describe('Arena on records that no worker wrote', function () {
  this.timeout(120_000);
  let monitor: SpecMonitor;
  let keys: QueueKeys;

  beforeEach(async () => {
    monitor = await openMonitor();
    keys = queueKeys(monitor.prefix, QUEUE, false);
  });

  afterEach(() => monitor.close());

  const list = async (state: JobState, id: string): Promise<void> => {
    const { client } = monitor;
    if (state === 'waiting') await client.lpush(keys.waiting, id);
    if (state === 'active') await client.lpush(keys.active, id);
    if (state === 'delayed') await client.zadd(keys.delayed, 1, id);
    if (state === 'succeeded')
      await client.multi().sadd(keys.succeeded, id).lpush(keys.succeededOrder, id).exec();
    if (state === 'failed') await client.multi().sadd(keys.failed, id).zadd(keys.failedOrder, 1, id).exec();
  };

  for (const [what, record] of Object.entries(RECORDS)) {
    it(`shows and dumps a job in any state with ${what} for a record`, async () => {
      await monitor.client.hset(keys.jobs, 'odd', record);
      for (const state of JOB_STATES) {
        const good = await monitor.jobIn(state);
        await list(state, 'odd');

        const pages = [`/${state}`, '/odd', '/odd?json=true', `/${state}.json`, `/${good}`];
        for (const path of pages) {
          const response = await monitor.fetch(PAGE + path);
          const text = await response.text();
          expect(response.status, `${state} ${path}: ${text.slice(0, 500)}`).to.equal(200);
          expect(text, path).to.include(path === `/${good}` ? good : 'odd');
          expect(text.length, path).to.be.lessThan(3_000_000);
          if (path.includes('json')) JSON.parse(text);
        }
        await monitor.inspector.remove(QUEUE, good);
        await monitor.client.del(keys.waiting, keys.active, keys.delayed, keys.succeeded, keys.failed);
        await monitor.client.del(keys.succeededOrder, keys.failedOrder);
      }
    });
  }

  for (const length of [256, 5_000]) {
    it(`shows a job with an id of ${length} characters`, async () => {
      const id = 'x'.repeat(length);
      await monitor.client.hset(keys.jobs, id, RECORDS['data alone'] ?? '');
      await list('failed', id);

      for (const path of ['/failed', `/${id}`, `/${id}?json=true`, '/failed.json']) {
        const response = await monitor.fetch(PAGE + path);
        expect(response.status).to.equal(200);
        expect(await response.text()).to.include(id);
      }
    });
  }

  for (const state of JOB_STATES) {
    it(`leaves out a job that is ${state} and has no record`, async () => {
      const good = await monitor.jobIn(state);
      await list(state, 'gone');

      const answers = await Promise.all(
        [`/${state}`, `/${state}.json`, '/gone'].map((path) => monitor.fetch(PAGE + path)),
      );

      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 404]);
      const [shown, dumped] = await Promise.all(answers.map((answer) => answer.text()));
      expect(shown).to.include(good).and.not.include('gone');
      expect((JSON.parse(dumped ?? '') as { id: string }[]).map(({ id }) => id)).to.deep.equal([good]);
    });
  }
});
