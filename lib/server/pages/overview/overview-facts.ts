import type { Clock } from '../../../clock.ts';
import { ApiaryError } from '../../../errors.ts';
import type {
  FailureGroups,
  Firing,
  GroupInfo,
  HistoryDay,
  Inspector,
  LimitsNote,
  QueueInfo,
  Rates,
  ScheduleInfo,
  WorkerInfo,
} from '../../../inspector/inspector.ts';
import type { QueueNames } from '../../queue-names.ts';
import { type Remembered, remembered } from '../../remembered.ts';
import { parseRedisInfo, type RedisFacts } from './redis-facts.ts';

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

/** What changes all the time and is cheap to read. */
export interface LiveFacts {
  queues: QueueFacts[];
  workers: WorkerInfo[];
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
export interface OverviewFacts extends LiveFacts, SlowFacts {
  /** Of the queues that have any. */
  failures: FailureFacts[];
}

/** What gathering it works with. */
export interface OverviewFactsDeps {
  inspector: Inspector;
  queues: QueueNames;
  clock: Clock;
}

/** For how long facts serve all who look: however many they are, Redis is asked this often. */
const LIVE_MS = 1_000;
const SLOW_MS = 5_000;
const FAILURES_MS = 10_000;
const MOST_GROUPS = 20;
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
      return { ...now, ...lately, failures };
    },
    forget: () => {
      for (const one of [live, slow, failed]) one.forget();
    },
  };
}

async function readLive({ inspector, queues }: OverviewFactsDeps): Promise<LiveFacts> {
  const names = await queues();
  const [found, workers] = await Promise.all([
    Promise.all(names.map((name) => readQueue(inspector, name))),
    inspector.workers(),
  ]);
  return { queues: found, workers };
}

async function readQueue(inspector: Inspector, name: string): Promise<QueueFacts> {
  const [info, rates, limits] = await Promise.all([
    inspector.queue(name),
    inspector.rates(name),
    inspector.limits.get(name),
  ]);
  return { ...info, rates, limits };
}

async function readSlow({ inspector, queues }: OverviewFactsDeps): Promise<SlowFacts> {
  const names = await queues();
  const [schedules, groups, history, info] = await Promise.all([
    readSchedules(inspector),
    Promise.all(names.map((name) => readGroups(inspector, name))),
    Promise.all(names.map(async (name) => [name, await inspector.history(name)] as const)),
    inspector.redisInfo(),
  ]);
  return {
    schedules,
    groups: groups.filter((one) => one.groups.length > 0),
    history: new Map(history),
    redis: parseRedisInfo(info),
  };
}

/** A retry acts on all of a kind, also on those that were not looked at. */
async function readFailures({ inspector, queues }: OverviewFactsDeps): Promise<FailureFacts[]> {
  const names = await queues();
  const { inAll, least, most } = MOST_FAILED;
  const share = Math.max(least, Math.min(most, Math.floor(inAll / names.length)));
  const found = await Promise.all(
    names.map(async (queue) => ({ queue, ...(await inspector.failures.groups(queue, { most: share })) })),
  );
  return found.filter(({ total }) => total > 0);
}

async function readSchedules(inspector: Inspector): Promise<ScheduleFacts[]> {
  const schedules = await inspector.schedules.list();
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
