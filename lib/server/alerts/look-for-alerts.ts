import type { AlertRuleName } from '../../alert-rules.ts';
import { type AlertRuleSetting, alertThreshold } from '../../alert-settings.ts';
import type { Inspector, NewKinds, Rates, WorkerInfo } from '../../inspector/inspector.ts';
import { workersOf } from '../demand/live-workers.ts';
import { redisInfoOf } from '../metrics/redis-info.ts';
import type { QueueAlertFacts, RedisAlertFacts } from './alert-facts.ts';
import { signalsOfQueue, signalsOfRedis } from './alert-signals.ts';
import type { AlertLook } from './decide-alerts.ts';

/** What looking goes by. */
export interface LookOrder {
  rules: readonly AlertRuleSetting[];
  /** Epoch ms by the clock of Redis; and when the first look was. */
  now: number;
  startedAt: number;
  /** The queue to begin with. */
  next: string;
  intervalMs: number;
}

/** What a look found, and the kinds of failure that are to be noted once they are told, by queue. */
export interface Looked {
  look: AlertLook;
  kinds: ReadonlyMap<string, NewKinds>;
}

/** How many queues are looked at in one turn, and for how long; the next goes on behind them. */
const MOST_PER_TURN = 300;
const WITHIN_MS = 5_000;
const HOUR_MS = 3_600_000;
/** So many of the schedules of a queue are looked at, and of what each did last. */
const MOST_SCHEDULES = 100;
const MOST_FIRINGS = 20;
/** What is not looked at for a few turns has a gap, and for a minute at least. */
const TURNS_OF_GAP = 4;
const LEAST_GAP_MS = 60_000;

/** Looks at Redis, and at some queues from one on, each by itself. Rejects when Redis is away. */
export async function lookForAlerts(inspector: Inspector, order: LookOrder): Promise<Looked> {
  const { rules, now, next, intervalMs } = order;
  const [names, workers, redis] = await Promise.all([
    inspector.census.names(),
    inspector.workers(),
    lookAtRedis(inspector),
  ]);
  const start = Math.max(0, next === '' ? 0 : names.findIndex((name) => name >= next));
  const turn = names.slice(start, start + MOST_PER_TURN);
  const visit = (queue: string): Promise<VisitedQueue> => visitQueue(inspector, queue, { workers, order });
  const { read, leftOut } = await inspector.eachQueue(turn, visit, { withinMs: WITHIN_MS });
  const ofQueues = read.flatMap(([, { facts }]) => signalsOfQueue(facts, rules));
  const look = {
    ...{ now, signals: [...signalsOfRedis(redis, rules), ...ofQueues] },
    covers: coverage(names, read, redis.isKnown),
    gapMs: gapOf(names.length / Math.max(1, read.length), intervalMs),
    next: leftOut[0] ?? names[start + MOST_PER_TURN] ?? '',
  };
  return { look, kinds: new Map(read.flatMap(([name, { kinds }]) => (kinds ? [[name, kinds]] : []))) };
}

/** A queue that is gone has nothing wrong with it any more. */
function coverage(
  names: readonly string[],
  read: readonly (readonly [name: string, ...unknown[]])[],
  isRedisKnown: boolean,
): AlertLook['covers'] {
  const all = new Set(names);
  const looked = new Set(read.map(([name]) => name));
  return (queue) => (queue === null ? isRedisKnown : looked.has(queue) || !all.has(queue));
}

function gapOf(turns: number, intervalMs: number): number {
  return Math.max(LEAST_GAP_MS, TURNS_OF_GAP * intervalMs * Math.ceil(turns));
}

async function lookAtRedis(inspector: Inspector): Promise<RedisAlertFacts & { isKnown: boolean }> {
  const { usedMemoryBytes: used, maxMemoryBytes: most } = redisInfoOf(await inspector.redisInfo());
  const isKnown = used !== null && most !== null;
  return { isKnown, usedPercent: isKnown && most > 0 ? (used / most) * 100 : null };
}

interface VisitedQueue {
  facts: QueueAlertFacts;
  kinds: NewKinds | null;
}

async function visitQueue(
  inspector: Inspector,
  queue: string,
  { workers, order }: { workers: readonly WorkerInfo[]; order: LookOrder },
): Promise<VisitedQueue> {
  const { rules, now, startedAt } = order;
  const isOn = (rule: AlertRuleName): boolean => alertThreshold(rules, rule, queue) !== null;
  const [info, rates, failed, missed, kinds] = await Promise.all([
    inspector.queue(queue),
    inspector.rates(queue),
    inspector.alerts.failedSince(queue, now - HOUR_MS),
    isOn('schedule-missed') ? missedOf(inspector, queue, Math.max(startedAt, now - HOUR_MS)) : [],
    isOn('new-failure') ? inspector.alerts.newKinds(queue, startedAt, now) : null,
  ]);
  const { latencyMs, overdueMs, paused, counts } = info;
  const { taking, stuck } = workersOf(queue, workers);
  const facts = {
    ...{ queue, latencyMs, overdueMs, isPaused: paused !== null, waiting: counts.waiting },
    ...{ workers: taking, stuck, inPerMin: rates.inPerMin, outPerMin: rates.outPerMin, missed },
    failed: Math.max(failed, failedOf(rates, now)),
    kinds: kinds?.kinds ?? [],
  };
  return { facts, kinds };
}

/** Those among them that were removed or retried since. */
function failedOf({ minutes }: Rates, now: number): number {
  const recent = minutes.filter(({ at }) => at > now - HOUR_MS);
  return recent.reduce((sum, { failed }) => sum + failed, 0);
}

async function missedOf(
  { schedules }: Inspector,
  queue: string,
  since: number,
): Promise<QueueAlertFacts['missed']> {
  const all = (await schedules.list(queue)).slice(0, MOST_SCHEDULES);
  const found = all.map(async ({ name }) => {
    // One that was removed meanwhile missed nothing.
    const firings = await schedules.firings(queue, name, MOST_FIRINGS).catch(() => []);
    const missed = firings.find((one) => one.outcome === 'missed' && one.firedAt >= since);
    if (missed?.outcome !== 'missed') return [];
    const { count, atLeast } = missed;
    return [{ schedule: name, count, atLeast }];
  });
  return (await Promise.all(found)).flat();
}
