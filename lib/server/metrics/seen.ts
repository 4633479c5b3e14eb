import type { Clock } from '../../clock.ts';
import type { Inspector, QueueInfo, QueueLimits, Rates, WorkerInfo } from '../../inspector/inspector.ts';
import type { QueueNames } from '../queue-names.ts';
import { parseRedisInfo, type RedisInfo } from './redis-info.ts';

/** A queue, and what is known of its load. */
export interface SeenQueue extends QueueInfo {
  rates: Pick<Rates, 'inPerMin' | 'outPerMin'>;
  /** Whether a schedule that is not paused adds to it. */
  isScheduled: boolean;
  limits: QueueLimits;
}

/** Everything that one answer tells of Redis and of what is in it. */
export interface Seen {
  pingMs: number;
  /** Null when Redis does not let it be read, as some hosted ones do not. */
  redis: RedisInfo | null;
  queues: readonly SeenQueue[];
  workers: readonly WorkerInfo[];
}

/** What looking takes. */
export interface LookDeps {
  inspector: Inspector;
  names: QueueNames;
  clock: Clock;
}

/** Looks at everything; rejects when Redis is away. */
export async function look({ inspector, names, clock }: LookDeps): Promise<Seen> {
  const sentAt = clock.elapsed();
  await inspector.ping();
  const pingMs = clock.elapsed() - sentAt;
  const [redis, workers, queues] = await Promise.all([
    inspector.redisInfo().then(parseRedisInfo, () => null),
    inspector.workers(),
    names().then((all) => Promise.all(all.map((name) => lookAt(inspector, name)))),
  ]);
  return { pingMs, redis, workers, queues };
}

async function lookAt(inspector: Inspector, name: string): Promise<SeenQueue> {
  const [queue, rates, schedules, note] = await Promise.all([
    inspector.queue(name),
    inspector.rates(name),
    inspector.schedules.list(name),
    inspector.limits.get(name),
  ]);
  const isScheduled = schedules.some(({ paused }) => paused === null);
  return { ...queue, rates, isScheduled, limits: note?.limits ?? {} };
}
