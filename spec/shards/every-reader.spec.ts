import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { z } from 'zod';
import { CLI_COMMANDS } from '../../lib/cli/commands.ts';
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
  ...['groups', 'groupRules', 'gatheredBefore', 'batchIndex', 'batch', 'flowIndex', 'flow', 'steps'],
  // What is noted of the failures of the whole.
  ...['caseMarks', 'knownCases'],
];

/** A job of the last shard, and what it failed of. */
interface Filled {
  id: string;
  fingerprint: string;
}

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

/** The pages of others, and what programs read. */
const OTHERS: readonly ((filled: Filled) => string)[] = [
  () => '/arena/',
  () => `/arena/redis/${QUEUE}`,
  ...['waiting', 'delayed', 'failed', 'succeeded', 'active'].map((state) => () => `/arena/redis/${QUEUE}/${state}`),
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
  'contracts check': () => [QUEUE, '--handlers', fileURLToPath(new URL('../example/handlers', import.meta.url))],
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
    const { client, prefix, producer, inspector } = monitor;
    api = await startApi({ prefix });
    await giveShards({ client, prefix }, QUEUE, SHARDS);
    keys = await watchKeys({ prefix, queue: QUEUE, shards: SHARDS });
    await inspector.events.record(QUEUE, true);
    filled = { id: '', fingerprint: '' };
    await fill();
    async function fill(): Promise<void> {
      const job = defineJob({ type: 'job', queue: QUEUE, schema: z.unknown() });
      const ids = (await producer.addMany(job, Array.from({ length: 30 }, (_, at) => at))).map(({ id }) => id);
      for (const id of ids.slice(0, 15)) await inspector.archive(QUEUE, id, 'ada');
      await inspector.limits.set(QUEUE, { concurrency: 9 }, 'ada');
      const [{ fingerprint = '' } = {}] = (await inspector.failures.groups(QUEUE)).groups;
      filled = { id: ids.find((id) => shardOf(id, SHARDS) === SHARDS - 1) ?? '', fingerprint };
    }
  });
  after(async () => {
    await keys.close();
    await api.close();
    await monitor.close();
  });

  /** What it asks of the first shard and not of all others. */
  const ofFirstAlone = async (act: () => Promise<unknown>): Promise<string[]> => {
    const [first = new Set<string>(), ...others] = await keys.during(act);
    const alone = [...first].filter((name) => others.some((other) => !other.has(name)));
    return alone.filter((name) => !IN_FIRST.includes(name)).sort();
  };

  it('of the HTTP API asks all shards', async () => {
    const missed: Record<string, string[]> = {};
    for (const { method, path } of api.routes.filter((route) => route.method === 'get')) {
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => valueOf(name, filled));
      const alone = await ofFirstAlone(() => api.call(method, address));
      if (alone.length > 0) missed[path] = alone;
    }
    expect(missed).to.deep.equal({});
  });

  it('of the pages asks all shards', async () => {
    const tools = { ...monitor, definitions: new Map(), host: 'redis', queues: async () => [], log: silentLog };
    const routes = routesOf(createPages({ ...tools, clock: systemClock }));
    expect(routes.filter((route) => route.startsWith('get '))).to.have.members(Object.keys(PAGES));
    const missed: Record<string, string[]> = {};
    for (const addressOf of [...Object.values(PAGES), ...OTHERS]) {
      const address = addressOf(filled);
      const alone = await ofFirstAlone(async () => (await monitor.fetch(address)).text());
      if (alone.length > 0) missed[address] = alone;
    }
    expect(missed).to.deep.equal({});
  });

  it('by the command line asks all shards', async () => {
    const missed: Record<string, string[]> = {};
    const env = { REDIS_URL: redisUrl(), QUEUE_PREFIX: monitor.prefix };
    for (const [name, wordsOf] of Object.entries(COMMANDS)) {
      if (wordsOf === null) continue;
      const words = [...name.split(' '), ...wordsOf(filled)];
      const alone = await ofFirstAlone(() => apiary(words, { env }));
      if (alone.length > 0) missed[name] = alone;
    }
    expect(missed).to.deep.equal({});
  });

  it('by a call of an inspector asks all shards', async () => {
    const missed: Record<string, string[]> = {};
    for (const [name, call] of looksOf(monitor.inspector).filter(([one]) => !doesChange(one))) {
      const alone = await ofFirstAlone(() => call().catch(() => undefined));
      if (alone.length > 0) missed[name] = alone;
    }
    expect(missed).to.deep.equal({});
  });
});

const PARTS: Readonly<Record<string, object>> = { '': RULES, ...PART_RULES, ...SHARED_RULES };

/** Whether a call of an inspector changes something, by the rules of who may make it. */
function doesChange(name: string): boolean {
  const [part = '', call = ''] = name.includes('.') ? name.split('.') : ['', name];
  return String(Reflect.get(PARTS[part] ?? {}, call)).startsWith('change');
}

function valueOf(name: string, { id, fingerprint }: Filled): string {
  if (name === 'queue') return QUEUE;
  return name === 'id' ? id : name === 'fingerprint' ? fingerprint : 'none';
}
