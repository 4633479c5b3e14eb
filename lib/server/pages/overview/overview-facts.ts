import type { Clock } from '../../../clock.ts';
import { ApiaryError } from '../../../errors.ts';
import type {
  AlertList,
  FailureGroups,
  Firing,
  GroupInfo,
  HistoryDay,
  Inspector,
  LimitsNote,
  QueueInfo,
  Rates,
  ScheduleInfo,
  UnreadableQueue,
  VisitedQueues,
  WorkerInfo,
} from '../../../inspector/inspector.ts';
import { chooseQueues } from '../../chosen-queues.ts';
import type { QueueNames } from '../../queue-names.ts';
import { readPart } from '../../read-part.ts';
import { type Remembered, remembered } from '../../remembered.ts';
import type { OutboxLook, SeenOutbox } from '../../seen-outbox.ts';
import { type RedisFacts, redisFactsOf } from './redis-facts.ts';

/** A queue with what is shown beside its counts. */
export interface QueueFacts extends QueueInfo {
  rates: Rates;
  limits: LimitsNote | null;
}

/** A schedule and what it did last; null when it never fired. */
export interface ScheduleFacts {
  schedule: ScheduleInfo;
  last: Firing | null;
}

/** The groups of a queue that are due first. */
export interface GroupFacts {
  queue: string;
  groups: GroupInfo[];
  /** Whether it has more groups than these. */
  isMore: boolean;
}

/** The failed jobs of a queue by what they died of. */
export interface FailureFacts extends FailureGroups {
  queue: string;
}

/** What could not be read, so that it is not shown. */
export interface Troubles {
  /** Queues, with the reason of each. */
  unreadable: UnreadableQueue[];
  /** What else, each in a sentence. */
  troubles: string[];
}

/** What changes all the time and is cheap to read. */
export interface LiveFacts {
  queues: QueueFacts[];
  /** How many queues are not shown, as there are too many. */
  leftOut: number;
  workers: WorkerInfo[];
  /** Null where there is none, or where it cannot be read. */
  outbox: SeenOutbox | null;
  alerts: AlertList;
}

/** What hardly changes, or takes a search through Redis. */
export interface SlowFacts {
  schedules: ScheduleFacts[];
  groups: GroupFacts[];
  /** By queue, today first. */
  history: ReadonlyMap<string, HistoryDay[]>;
  redis: RedisFacts;
}

/** All that the overview shows. */
export interface OverviewFacts extends LiveFacts, SlowFacts, Troubles {
  /** Of the queues that have any. */
  failures: FailureFacts[];
}

/** What gathering it works with. */
export interface OverviewFactsDeps {
  inspector: Inspector;
  queues: QueueNames;
  clock: Clock;
  /** Default: there is none. */
  outbox?: OutboxLook;
}

/** For how long facts serve all who look: however many they are, Redis is asked this often. */
const LIVE_MS = 1_000;
const SLOW_MS = 5_000;
const FAILURES_MS = 10_000;
const NO_ALERTS: AlertList = { alerts: [], more: 0, lookedAt: null };
const MOST_GROUPS = 20;
/** How many queues are shown, and schedules of each. */
const MOST_QUEUES = 150;
const MOST_SCHEDULES = 100;
/** What takes longer is left out, so that the rest is shown. */
const RULE = { withinMs: 3_000 };
/** How many failed jobs are looked at, of all queues together and of each: some 50 µs of this process for one. */
const MOST_FAILED = { inAll: 1_000, least: 20, most: 500 };

/** Gathers what the overview shows, for all who look at a time. */
export function overviewFacts(deps: OverviewFactsDeps): Remembered<OverviewFacts> {
  const { clock } = deps;
  const live = remembered({ clock, freshMs: LIVE_MS }, () => readLive(deps));
  const slow = remembered({ clock, freshMs: SLOW_MS }, () => readSlow(deps));
  const failed = remembered({ clock, freshMs: FAILURES_MS }, () => readFailures(deps));
  return {
    read: async () => {
      const [now, lately, failures] = await Promise.all([live.read(), slow.read(), failed.read()]);
      return { ...now, ...lately, ...failures, ...allTroubles([now, lately, failures]) };
    },
    forget: () => {
      for (const one of [live, slow, failed]) one.forget();
    },
  };
}

/** Each queue once, with the first reason. */
function allTroubles(parts: readonly Troubles[]): Troubles {
  const unreadable = new Map<string, UnreadableQueue>();
  for (const one of parts.flatMap((part) => part.unreadable)) {
    if (!unreadable.has(one.name)) unreadable.set(one.name, one);
  }
  return { unreadable: [...unreadable.values()], troubles: parts.flatMap(({ troubles }) => troubles) };
}

async function readLive(deps: OverviewFactsDeps): Promise<LiveFacts & Troubles> {
  const { inspector, outbox: look = null } = deps;
  const workers = await readPart('the workers', () => inspector.workers(), []);
  const { names, leftOut } = await shownQueues(deps, workers.value);
  const [visited, outbox, alerts] = await Promise.all([
    inspector.eachQueue(names, (name) => readQueue(inspector, name), RULE),
    readPart('the outbox', async () => look?.() ?? null, null),
    readPart('the alerts', () => inspector.alerts.list(), NO_ALERTS),
  ]);
  return {
    queues: valuesOf(visited),
    leftOut: leftOut + visited.leftOut.length,
    workers: workers.value,
    outbox: outbox.value,
    alerts: alerts.value,
    unreadable: visited.unreadable,
    troubles: [workers.trouble, outbox.trouble, alerts.trouble].filter((one) => one !== null),
  };
}

/** Those that this process knows by name or a live worker serves, then the others by name. */
async function shownQueues(
  { inspector, queues }: OverviewFactsDeps,
  workers: readonly WorkerInfo[],
): Promise<{ names: string[]; leftOut: number }> {
  const served = workers.flatMap((worker) => worker.queues.map(({ name }) => name));
  return chooseQueues(await queues(), [...inspector.knownQueues, ...served], MOST_QUEUES);
}

async function readQueue(inspector: Inspector, name: string): Promise<QueueFacts> {
  const [info, rates, limits] = await Promise.all([
    inspector.queue(name),
    inspector.rates(name),
    inspector.limits.get(name),
  ]);
  return { ...info, rates, limits };
}

async function readSlow(deps: OverviewFactsDeps): Promise<SlowFacts & Troubles> {
  const { inspector } = deps;
  const { value: workers } = await readPart('the workers', () => inspector.workers(), []);
  const { names } = await shownQueues(deps, workers);
  const [visited, info] = await Promise.all([
    inspector.eachQueue(names, (name) => readSlowly(inspector, name), RULE),
    readPart("Redis's INFO", () => inspector.redisInfo(), ''),
  ]);
  const read = valuesOf(visited);
  return {
    schedules: read.flatMap(({ schedules }) => schedules),
    groups: read.flatMap(({ groups }) => (groups.groups.length > 0 ? [groups] : [])),
    history: new Map(visited.read.map(([name, { history }]) => [name, history])),
    redis: redisFactsOf(info.value),
    unreadable: visited.unreadable,
    troubles: info.trouble === null ? [] : [info.trouble],
  };
}

interface QueueSlowFacts {
  schedules: ScheduleFacts[];
  groups: GroupFacts;
  history: HistoryDay[];
}

async function readSlowly(inspector: Inspector, name: string): Promise<QueueSlowFacts> {
  const [schedules, groups, history] = await Promise.all([
    readSchedules(inspector, name),
    readGroups(inspector, name),
    inspector.history(name),
  ]);
  return { schedules, groups, history };
}

/** A retry acts on all of a kind, also on those that were not looked at. */
async function readFailures(deps: OverviewFactsDeps): Promise<Pick<OverviewFacts, 'failures'> & Troubles> {
  const { inspector } = deps;
  const { value: workers } = await readPart('the workers', () => inspector.workers(), []);
  const { names } = await shownQueues(deps, workers);
  const { inAll, least, most } = MOST_FAILED;
  const share = Math.max(least, Math.min(most, Math.floor(inAll / names.length)));
  const visit = async (queue: string): Promise<FailureFacts> => ({
    queue,
    ...(await inspector.failures.groups(queue, { most: share })),
  });
  const visited = await inspector.eachQueue(names, visit, RULE);
  const failures = valuesOf(visited).filter(({ total }) => total > 0);
  return { failures, unreadable: visited.unreadable, troubles: [] };
}

async function readSchedules(inspector: Inspector, queue: string): Promise<ScheduleFacts[]> {
  const schedules = (await inspector.schedules.list(queue)).slice(0, MOST_SCHEDULES);
  return Promise.all(
    schedules.map(async (schedule) => ({ schedule, last: await readLastFiring(inspector, schedule) })),
  );
}

async function readLastFiring(
  { schedules }: Inspector,
  { queue, name }: ScheduleInfo,
): Promise<Firing | null> {
  try {
    const [last = null] = await schedules.firings(queue, name, 1);
    return last;
  } catch (error) {
    // Removed since it was listed.
    if (error instanceof ApiaryError && error.code === 'SCHEDULE_NOT_FOUND') return null;
    throw error;
  }
}

async function readGroups(inspector: Inspector, queue: string): Promise<GroupFacts> {
  const { groups, cursor } = await inspector.groups.list(queue, { limit: MOST_GROUPS });
  return { queue, groups, isMore: cursor !== null };
}

function valuesOf<Value>({ read }: VisitedQueues<Value>): Value[] {
  return read.map(([, value]) => value);
}
