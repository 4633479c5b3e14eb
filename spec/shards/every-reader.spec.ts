import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import type { CLI_COMMANDS } from '../../lib/cli/commands.ts';
import { systemClock } from '../../lib/clock.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { RULES } from '../../lib/server/narrow/narrowed-inspector.ts';
import { PART_RULES } from '../../lib/server/narrow/part-rules.ts';
import { SHARED_RULES } from '../../lib/server/narrow/shared-parts.ts';
import { createPages } from '../../lib/server/pages/pages.ts';
import { shardOf } from '../../lib/shards/route.ts';
import { type SpecApi, startApi } from '../support/api.ts';
import { apiary } from '../support/command-line.ts';
import { looksOf } from '../support/every-call.ts';
import { silentLog } from '../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';
import { moduleUrl } from '../support/program.ts';
import { redisUrl } from '../support/redis.ts';
import { routesOf } from '../support/routes.ts';
import { giveShards } from '../support/shards.ts';
import { type WatchedKeys, watchKeys } from '../support/watched-keys.ts';

const SHARDS = 3;

/**
 * What of a queue with shards is in the first of them alone. A key that is not here, and that a reader asks of the
 * first shard, it asks of all others too: so one that knows nothing of shards fails.
 */
const IN_FIRST: readonly string[] = [
  // Schedules, groups, batches and workflows are not spread.
  ...['schedules', 'scheduleTicks', 'firings'],
  ...['groups', 'group', 'groupRules', 'gathered', 'gatheredBefore'],
  ...['batchIndex', 'batch', 'flowIndex', 'flow', 'steps'],
  // What is noted of the failures of the whole.
  ...['caseMarks', 'knownCases'],
];

/** A job of the last shard, what it failed of, and a file with a handler for it. */
interface Filled {
  id: string;
  fingerprint: string;
  handlers: string;
}

/** What an address of the API needs besides. */
const QUERIES: Readonly<Record<string, string>> = {
  '/v1/search': `?queue=${QUEUE}&state=failed`,
};

/** Where one of each page is that shows something of a queue. */
const PAGES: Readonly<Record<string, (filled: Filled) => string>> = {
  'get /': () => '/',
  'get /queues/:queue': () => `/queues/${QUEUE}?span=hour`,
  'get /queues/:queue/types/:type': () => `/queues/${QUEUE}/types/job`,
  'get /queues/:queue/jobs/:id': ({ id }) => `/queues/${QUEUE}/jobs/${id}`,
  'get /queues/:queue/failures/:id': ({ fingerprint }) => `/queues/${QUEUE}/failures/${fingerprint}`,
  'get /queues/:queue/workflows/:id': () => `/queues/${QUEUE}/workflows/none`,
  'get /workers/:worker': () => '/workers/none',
  'get /workflows': () => `/workflows?queue=${QUEUE}`,
  'get /search': () => `/search?queue=${QUEUE}&state=failed`,
  'get /search/export': () => `/search/export?queue=${QUEUE}&state=failed`,
  'get /runs': () => '/runs',
  'get /runs/:id': () => '/runs/none',
  'get /audit': () => '/audit',
  'get /audit/export': () => '/audit/export',
};

/** The calls of an inspector that are of no single queue, and those that keep what they are about beside the shards. */
const NOT_OF_ONE: readonly string[] = [
  ...['queueNames', 'workers', 'contracts', 'requireRights', 'ping', 'census.names'],
  ...['audit.record', 'audit.list', 'audit.about', 'audit.kept', 'alerts.list'],
  ...['workerPace.find', 'workerLanes.read', 'limits.get'],
];

/** What has no call in the list of all, as it tells of shards, is kept beside them or is no call. */
const ASKS_NO_SHARD: readonly string[] = [
  ...['schedules', 'events', 'limits', 'groups', 'batches', 'workflows', 'audit', 'alerts', 'failures'],
  ...['uniqueKeys', 'bulk', 'bulkRuns', 'savedSearches', 'workerPace', 'workerLanes', 'shards', 'privacy'],
  ...['census', 'knownQueues', 'redisInfo', 'bulkRuns.list', 'bulkRuns.get', 'savedSearches.list'],
  ...['shards.get', 'shards.namesOf', 'shards.namesOfEach', 'shards.targetsIn', 'shards.whereIs'],
  ...['shards.withoutShards', 'shards.set', 'shards.restore'],
  // Of a run over all that a search found, which a queue with shards refuses.
  'bulkRuns.countSome',
];

/** The pages of others, and what programs read. */
const OTHERS: readonly ((filled: Filled) => string)[] = [
  () => '/arena/',
  () => `/arena/redis/${QUEUE}`,
  ...['waiting', 'delayed', 'failed', 'succeeded', 'active'].map(
    (state) => () => `/arena/redis/${QUEUE}/${state}`,
  ),
  () => `/arena/redis/${QUEUE}/failed.json`,
  ({ id }) => `/arena/redis/${QUEUE}/${id}`,
  () => '/metrics',
];

/** The commands that look, with what follows their names; null for those that change, or look at no queue. */
const COMMANDS: Readonly<Record<keyof typeof CLI_COMMANDS, ((filled: Filled) => string[]) | null>> = {
  queues: () => [],
  queue: () => [QUEUE],
  jobs: () => [QUEUE],
  job: ({ id }) => [QUEUE, id],
  why: ({ id }) => [QUEUE, id],
  ...{ add: null, retry: null, promote: null, cancel: null, archive: null, move: null, remove: null },
  ...{ edit: null, signal: null, log: null, pause: null, resume: null, import: null, reencrypt: null },
  ...{ forget: null, 'outbox sql': null, 'schedules put': null, 'schedules pause': null },
  ...{ 'schedules resume': null, 'schedules fire': null, 'schedules remove': null },
  shards: () => [QUEUE],
  limits: () => [QUEUE],
  unique: () => [QUEUE, 'none'],
  workers: () => [],
  'contracts list': () => [],
  'contracts check': ({ handlers }) => [QUEUE, '--handlers', handlers],
  failures: ({ fingerprint }) => [QUEUE, fingerprint],
  search: () => ['--queue', QUEUE, '--state', 'failed'],
  stats: () => [QUEUE],
  times: () => [QUEUE],
  alerts: () => [],
  audit: () => [],
  groups: () => [QUEUE],
  batches: () => [QUEUE],
  workflows: () => [QUEUE],
  workflow: () => ['none', '--queue', QUEUE],
  events: () => [QUEUE, '--since', '0-0', '--limit', '1'],
  // It has a screen, and shows what the calls of an inspector tell.
  top: null,
  doctor: () => [],
  export: () => [QUEUE],
  'schedules list': () => [QUEUE],
  'schedules next': () => [QUEUE, 'none'],
};

describe('whatever reads a queue with shards', function () {
  this.timeout(120_000);
  let monitor: SpecMonitor;
  let api: SpecApi;
  let keys: WatchedKeys;
  let filled: Filled;

  before(async () => {
    monitor = await openMonitor({ looksForRuns: false });
    const { client, prefix } = monitor;
    api = await startApi({ prefix });
    await giveShards({ client, prefix }, QUEUE, SHARDS);
    keys = await watchKeys({ prefix, queue: QUEUE, shards: SHARDS });
    filled = await fill(monitor);
  });
  after(async () => {
    await rm(dirname(filled.handlers), { recursive: true });
    await keys.close();
    await api.close();
    await monitor.close();
  });

  /** What each asks of the first shard and not of all others, by its name; and which of them ask nothing of it. */
  const look = async (readers: Iterable<readonly [name: string, read: () => Promise<unknown>]>) => {
    const missed: Record<string, string[]> = {};
    const silent: string[] = [];
    for (const [name, read] of readers) {
      const [first = new Set<string>(), ...others] = await keys.during(read);
      const alone = [...first].filter((key) => others.some((other) => !other.has(key)));
      const wrong = alone.filter((key) => !IN_FIRST.includes(key));
      if (wrong.length > 0) missed[name] = wrong.sort();
      if (first.size === 0) silent.push(name);
    }
    return { missed, silent };
  };

  it('by the HTTP API asks all of them', async () => {
    const routes = api.routes.filter(({ method }) => method === 'get');
    const { missed, silent } = await look(
      routes.map(({ path }) => {
        const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => partOf(name, filled));
        const read = async (): Promise<void> => {
          const { status } = await api.call('GET', `${address}${QUERIES[path] ?? ''}`);
          expect(status, path).to.be.oneOf([200, 404]);
        };
        return [path, read] as const;
      }),
    );
    expect(missed).to.deep.equal({});
    // Limits are set for the whole, beside the shards.
    expect(silent.filter((path) => path.includes('{queue}'))).to.deep.equal(['/v1/queues/{queue}/limits']);
  });

  it('by a page asks all of them', async () => {
    const tools = {
      ...monitor,
      definitions: new Map(),
      host: 'redis',
      queues: async () => [],
      log: silentLog,
    };
    const routes = routesOf(createPages({ ...tools, clock: systemClock }));
    expect(routes.filter((route) => route.startsWith('get '))).to.have.members(Object.keys(PAGES));
    const { missed, silent } = await look(
      [...Object.values(PAGES), ...OTHERS].map((addressOf) => {
        const address = addressOf(filled);
        const read = async (): Promise<void> => {
          const answer = await monitor.fetch(address);
          expect(answer.status, address).to.be.oneOf([200, 404]);
          await answer.text();
        };
        return [address, read] as const;
      }),
    );
    expect(missed).to.deep.equal({});
    expect(silent.filter((address) => address.includes(QUEUE))).to.deep.equal([]);
  });

  it('by the command line asks all of them', async () => {
    const env = { REDIS_URL: redisUrl(), QUEUE_PREFIX: monitor.prefix };
    const { missed, silent } = await look(
      Object.entries(COMMANDS).flatMap(([name, wordsOf]) => {
        if (wordsOf === null) return [];
        const words = [...name.split(' '), ...wordsOf(filled)];
        const read = async (): Promise<void> => {
          const { code, err } = await apiary(words, { env });
          expect(code, `${name}: ${err}`).to.be.oneOf([0, 1, 3]);
        };
        return [[words.join(' '), read] as const];
      }),
    );
    expect(missed).to.deep.equal({});
    expect(silent.filter((words) => words.includes(QUEUE))).to.deep.equal([]);
  });

  it('by a call of an inspector is in the list of all, or in that of what asks no shard', () => {
    const listed = new Set(looksOf(monitor.inspector).map(([name]) => name));
    const all = Object.entries(PARTS).flatMap(([part, rules]) =>
      Object.keys(rules).map((call) => (part === '' ? call : `${part}.${call}`)),
    );
    expect(all.filter((name) => !doesChange(name) && !listed.has(name))).to.have.members(ASKS_NO_SHARD);
  });

  it('by a call of an inspector asks all of them', async () => {
    const looks = looksOf(monitor.inspector).filter(([name]) => !doesChange(name));
    const { missed, silent } = await look(
      looks.map(([name, call]) => [name, () => call().catch(() => undefined)] as const),
    );
    expect(missed).to.deep.equal({});
    expect(silent).to.have.members(NOT_OF_ONE);
  });
});

/** Puts jobs into all shards, half of which fail. */
async function fill({ producer, inspector }: SpecMonitor): Promise<Filled> {
  await inspector.events.record(QUEUE, true);
  const job = defineJob({ type: 'job', queue: QUEUE, schema: z.unknown() });
  const all = Array.from({ length: 30 }, (_, at) => at);
  const ids = (await producer.addMany(job, all)).map(({ id }) => id);
  for (const id of ids.slice(0, 15)) await inspector.archive(QUEUE, id, 'ada');
  await inspector.limits.set(QUEUE, { concurrency: 9 }, 'ada');
  const [{ fingerprint = '' } = {}] = (await inspector.failures.groups(QUEUE)).groups;
  const handlers = join(await mkdtemp(join(tmpdir(), 'apiary-spec-readers-')), 'handlers.mjs');
  const schema = "{ '~standard': { version: 1, vendor: 'spec', validate: (value) => ({ value }) } }";
  await writeFile(
    handlers,
    `import { defineJob, handle } from ${JSON.stringify(moduleUrl('lib/jobs/define.ts'))};
    export default handle(defineJob({ type: 'job', queue: '${QUEUE}', schema: ${schema} }), () => null);`,
  );
  return { id: ids.find((id) => shardOf(id, SHARDS) === SHARDS - 1) ?? '', fingerprint, handlers };
}

const PARTS: Readonly<Record<string, object>> = { '': RULES, ...PART_RULES, ...SHARED_RULES };

/** Whether a call of an inspector changes something, by the rules of who may make it. */
function doesChange(name: string): boolean {
  const [part = '', call = ''] = name.includes('.') ? name.split('.') : ['', name];
  return String(Reflect.get(PARTS[part] ?? {}, call)).startsWith('change');
}

function partOf(name: string, { id, fingerprint }: Filled): string {
  if (name === 'queue') return QUEUE;
  return name === 'id' ? id : name === 'fingerprint' ? fingerprint : 'none';
}
