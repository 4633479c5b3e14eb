import { expect } from 'chai';
import { systemClock } from '../lib/clock.ts';
import { queueKeys } from '../lib/engine/keys.ts';
import { overMany } from '../lib/over-many.ts';
import { type AskedCommands, listenToCommands } from './support/asked-commands.ts';
import { apiary } from './support/command-line.ts';
import { type FuzzedQueue, type FuzzedQueues, openFuzzedQueues } from './support/fuzzed-queues.ts';
import { GARBAGE, type Garbage, isOtherType, putGarbage } from './support/garbage.ts';
import type { LogRecord } from './support/log.ts';
import { modelCases, modelRuns } from './support/model-runs.ts';
import { type SpecRedis, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';
import { everyKey, type KeyOfKind } from './support/wrong-keys.ts';

/** So many lines of the log may be about one cause, however often it is met. */
const MOST_LINES = 10;
/** So often a job may begin: once, after its worker lost it, and for what a garbled key says of it. */
const MOST_RUNS = 3;
/** So many times as much as a queue at rest may one ask of which a key is garbage. */
const MOST_BUSY = 15;
/** The window of the look at what is asked: so many commands of the queue that is left as it is. */
const ASKED = 8;
const AT_ONCE = 8;
/** Between two looks, and between two calls of `hurry`: what was woken has to ask Redis. */
const LOOK_MS = 100;
const HURRY_MS = 1_000;
const LIMIT_MS = 45_000;
/** Limits that cannot be read let nothing run. */
const STANDS_STILL: ReadonlySet<string> = new Set(['meta']);
const KINDS = everyKey('any', 'any').map(({ kind }) => kind);
/** In so many queues a key is garbage at a time, each of another kind. */
const QUEUES = modelRuns(KINDS.length);
/** So many of the pages and calls of a queue are asked for in each round. */
const LOOKS = 2;

describe('a key that somebody has replaced by garbage, of whatever kind', function () {
  this.timeout(600_000);
  let redis: SpecRedis;
  let all: FuzzedQueues;
  let asked: AskedCommands;
  let round = 0;
  /** The keys that are garbage, by their queues. */
  let broken = new Map<FuzzedQueue, KeyOfKind>();

  before(async () => {
    redis = await startRedis({ appendOnly: false });
    all = await openFuzzedQueues(redis.url, QUEUES);
    asked = listenToCommands(redis.port, all.prefix);
  });
  afterEach(async () => {
    for (const { key } of broken.values()) await all.client.del(key);
    round++;
  });
  after(async () => {
    asked.close();
    await all.close();
    await redis.stop();
  });

  /** Lets everything happen that is to happen within a minute, again and again until the condition holds. */
  async function hurried(condition: () => Promise<boolean>, what: string): Promise<void> {
    const since = { look: Number.NEGATIVE_INFINITY, hurry: Number.NEGATIVE_INFINITY };
    const isThere = async (): Promise<boolean> => {
      const now = performance.now();
      if (now - since.look < LOOK_MS) return false;
      since.look = now;
      if (await condition()) return true;
      if (now - since.hurry < HURRY_MS) return false;
      since.hurry = now;
      all.release();
      all.clock.hurry();
      return false;
    };
    await until(isThere, what, LIMIT_MS);
  }
  const each = async <Value>(
    visit: (queue: FuzzedQueue) => Promise<Value>,
  ): Promise<[FuzzedQueue, Value][]> => {
    const { done, failed } = await overMany(all.queues, visit, { clock: systemClock, atOnce: AT_ONCE });
    expect(failed.map(([{ name }, error]) => [name, String(error)])).to.deep.equal([]);
    return done;
  };
  /** Of jobs, which have not ended and are still there. */
  async function open(jobs: readonly (readonly [queue: string, id: string])[]): Promise<string[]> {
    const left = await Promise.all(
      jobs.map(async ([queue, id]) => {
        const { jobs: records, succeeded, failed } = queueKeys(all.prefix, queue, false);
        const found = await Promise.all([
          all.client.sismember(succeeded, id).catch(() => 0),
          all.client.sismember(failed, id).catch(() => 0),
          all.client.hexists(records, id).catch(() => 1),
        ]);
        return found[0] === 1 || found[1] === 1 || found[2] === 0 ? [] : [queue];
      }),
    );
    return left.flat();
  }
  /** What was added ends; tells in which queues it did not, and which key was garbage there. */
  async function allEnd(added: readonly [FuzzedQueue, string | null][]): Promise<void> {
    let left: string[] = [];
    const ids = added.flatMap(([{ name }, id]) => (id === null ? [] : [[name, id] as const]));
    const haveEnded = async (): Promise<boolean> => {
      left = await open(ids);
      return left.length === 0;
    };
    await hurried(haveEnded, 'all jobs ended').catch(() => undefined);
    const kinds = all.queues.filter(({ name }) => left.includes(name)).map((one) => broken.get(one)?.kind);
    expect(kinds).to.deep.equal([]);
  }
  /** Once a minute a worker keeps house, in the queue that is left as it is last. */
  async function housekeeping(): Promise<void> {
    const { samples } = queueKeys(all.prefix, all.good, false);
    await all.client.del(samples);
    await hurried(async () => (await all.client.exists(samples)) === 1, 'the house was kept');
  }

  async function look(path: string, isApi = false): Promise<{ status: number; text: string }> {
    const origin = isApi ? `http://127.0.0.1:${all.api.port}` : all.url;
    const answer = await fetch(origin + path, { headers: { Accept: 'text/html, application/json' } });
    return { status: answer.status, text: await answer.text() };
  }
  async function expectGoodIsShown(): Promise<void> {
    for (const path of ['/', '/metrics', '/arena/', '/workflows']) {
      const { status, text } = await look(path);
      expect(status, path).to.equal(200);
      if (path !== '/workflows') expect(text, path).to.include(all.good);
    }
    for (const path of ['/v1/queues?limit=1000', '/v1/workers', '/v1/types', '/v1/schedules', '/v1/audit']) {
      const { status, text } = await look(path, true);
      expect(status === 200 ? '' : text, path).to.equal('');
    }
    for (const words of [['queues'], ['queue', all.good], ['workers'], ['schedules', 'list']]) {
      const ran = await apiary([...words, '--prefix', all.prefix], { env: { REDIS_URL: redis.url } });
      // 1 says that a queue could not be read.
      expect([words.join(' '), Math.min(ran.code, 1), ran.err]).to.deep.equal([
        words.join(' '),
        ran.code,
        '',
      ]);
    }
  }
  /** Asks for some pages and calls of each queue, in each round for others: what they answer is up to the key. */
  async function lookAtEach(): Promise<void> {
    await each(async ({ name }) => {
      for (let nth = 0; nth < LOOKS; nth++) {
        const at = (round * LOOKS + nth + Number(name.slice(1))) % LOOKED_AT.length;
        for (const { path, isApi } of LOOKED_AT.slice(at, at + 1))
          expect((await look(path(name), isApi)).status, path(name)).to.be.at.least(200);
      }
    });
    const { name } = all.queues[round % all.queues.length] ?? { name: '' };
    for (const words of COMMANDS) {
      const ran = await apiary([...words(name), '--prefix', all.prefix], { env: { REDIS_URL: redis.url } });
      expect(ran.err, words(name).join(' ')).not.to.match(/^\s+at /m);
    }
  }

  /** How often each cause was told of, where that is too often. */
  function tooMany(records: readonly LogRecord[]): string[] {
    const counts = new Map<string, number>();
    for (const { level, message, fields } of records) {
      if (level === 'debug' || level === 'trace') continue;
      const { queue = '', duty = '', id = '', path = '' } = fields;
      const cause = [level, message, queue, duty, id, path].join(' ');
      counts.set(cause, (counts.get(cause) ?? 0) + 1);
    }
    return [...counts]
      .filter(([, count]) => count > MOST_LINES)
      .map(([cause, count]) => `${count} times ${cause}`);
  }
  async function expectNobodyIsBusy(): Promise<void> {
    asked.forget();
    await until(() => asked.of(all.good) >= ASKED, 'the queue that is left as it is has asked', LIMIT_MS);
    const most = MOST_BUSY * asked.of(all.good);
    const busy = all.queues.filter(({ name }) => asked.of(name) > most);
    expect(busy.map((one) => `${broken.get(one)?.kind} ${asked.of(one.name)} of ${most}`)).to.deep.equal([]);
  }

  for (const garbage of modelCases<Garbage>(GARBAGE)) {
    it(`ends no process, keeps none busy and holds up no other queue: ${garbage}`, async () => {
      const from = all.records.length;
      all.troubles.clear();
      all.begun.clear();
      await all.worker.adjust({ paused: true });
      const kinds = new Map(
        all.queues.map((queue, at) => [queue, KINDS[(round * QUEUES + at) % KINDS.length] ?? 'jobs']),
      );
      const kindOf = (queue: FuzzedQueue): string => kinds.get(queue) ?? 'jobs';
      await each((queue) => queue.fill(kindOf(queue)));
      broken = new Map();
      await each(async (queue) => {
        const key = await queue.key(kindOf(queue));
        broken.set(queue, key);
        const { jobs } = queueKeys(all.prefix, queue.name, false);
        await putGarbage(all.client, key, { garbage, queue: queue.name, jobs });
      });
      await all.worker.adjust({ paused: false });

      const added = await each((queue) => queue.use());
      const goodId = await all.add(all.good);
      await hurried(
        async () => (await open([[all.good, goodId]])).length === 0,
        'the job of another queue ended',
      );
      await housekeeping();
      await housekeeping();
      // Where it is but the value of a key that is wrong, what was added since runs.
      const runs = added.filter(([queue]) => {
        const key = broken.get(queue);
        return key !== undefined && !isOtherType(garbage, key) && !STANDS_STILL.has(key.kind);
      });
      await allEnd(runs);
      await expectGoodIsShown();
      await lookAtEach();
      await expectNobodyIsBusy();

      expect(tooMany(all.records.slice(from))).to.deep.equal([]);
      expect([...all.begun].filter(([, count]) => count > MOST_RUNS)).to.deep.equal([]);

      for (const { key } of broken.values()) await all.client.del(key);
      await allEnd([...added, ...(await each(({ name }) => all.add(name)))]);
    });
  }
});

const PAGES: readonly ((queue: string) => string)[] = [
  (queue) => `/queues/${queue}`,
  (queue) => `/queues/${queue}?span=day`,
  (queue) => `/queues/${queue}/types/ok.${queue}`,
  (queue) => `/queues/${queue}/jobs/ghost`,
  (queue) => `/queues/${queue}/failures/x`,
  (queue) => `/queues/${queue}/workflows/x`,
  (queue) => `/workflows?queue=${queue}`,
  (queue) => `/search?queue=${queue}`,
  (queue) => `/search/export?queue=${queue}`,
  (queue) => `/arena/redis/${queue}`,
  (queue) => `/arena/redis/${queue}/waiting`,
  (queue) => `/arena/redis/${queue}/delayed`,
  (queue) => `/arena/redis/${queue}/failed`,
  (queue) => `/arena/redis/${queue}/completed`,
  (queue) => `/arena/redis/${queue}/ghost`,
];

const CALLS: readonly ((queue: string) => string)[] = [
  (queue) => `/v1/queues/${queue}`,
  (queue) => `/v1/queues/${queue}/jobs`,
  (queue) => `/v1/queues/${queue}/jobs?state=failed&type=x`,
  (queue) => `/v1/queues/${queue}/jobs/ghost`,
  (queue) => `/v1/queues/${queue}/jobs/ghost/why`,
  (queue) => `/v1/queues/${queue}/batches`,
  (queue) => `/v1/queues/${queue}/batches/x`,
  (queue) => `/v1/queues/${queue}/workflows`,
  (queue) => `/v1/queues/${queue}/workflows/x`,
  (queue) => `/v1/queues/${queue}/groups`,
  (queue) => `/v1/queues/${queue}/limits`,
  (queue) => `/v1/queues/${queue}/failures`,
  (queue) => `/v1/queues/${queue}/history`,
  (queue) => `/v1/queues/${queue}/rates`,
  (queue) => `/v1/queues/${queue}/times`,
  (queue) => `/v1/queues/${queue}/recommendation`,
  (queue) => `/v1/schedules?queue=${queue}`,
  (queue) => `/v1/search?queue=${queue}`,
];

const LOOKED_AT = [
  ...PAGES.map((path) => ({ path, isApi: false })),
  ...CALLS.map((path) => ({ path, isApi: true })),
];

const COMMANDS: readonly ((queue: string) => string[])[] = [
  (queue) => ['queue', queue],
  (queue) => ['jobs', queue],
  (queue) => ['why', queue, 'ghost'],
  (queue) => ['failures', queue],
  (queue) => ['stats', queue],
  (queue) => ['limits', queue],
  (queue) => ['groups', queue],
  (queue) => ['export', queue],
];
