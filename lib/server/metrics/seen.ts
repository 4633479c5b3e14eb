import type { Clock } from '../../clock.ts';
import { coerceError } from '../../errors.ts';
import type { Inspector, UnreadableQueue, WorkerInfo } from '../../inspector/inspector.ts';
import { chooseQueues } from '../chosen-queues.ts';
import { type QueueLoad, queueLoad } from '../demand/queue-load.ts';
import type { QueueNames } from '../queue-names.ts';
import { readPart } from '../read-part.ts';
import { type RedisInfo, redisInfoOf } from './redis-info.ts';

/** Everything that one answer tells of Redis and of what is in it. */
export interface Seen {
  pingMs: number;
  /** Null when Redis does not let it be read, as some hosted ones do not. */
  redis: RedisInfo | null;
  queues: readonly QueueLoad[];
  unreadable: readonly UnreadableQueue[];
  /** How many queues there are, and of how many nothing is told, as there are too many. */
  queueCount: number;
  leftOut: number;
  /** What else could not be read. */
  troubles: readonly string[];
  workers: readonly WorkerInfo[];
}

/** What looking takes. */
export interface LookDeps {
  inspector: Inspector;
  names: QueueNames;
  clock: Clock;
}

/** Each is some forty time series, and some twenty commands per scrape. */
const MOST_QUEUES = 300;
/** What takes longer is left out, so that the rest is told. */
const QUEUES_WITHIN_MS = 2_000;

/**
 * Looks at everything, but of queues at 300 at most: those that this process knows by name or a live worker serves,
 * then the others by name. Rejects when Redis is away.
 */
export async function look({ inspector, names, clock }: LookDeps): Promise<Seen> {
  const { pingMs, redis } = await lookAtRedis(inspector, clock);
  const [{ value: workers, trouble }, { value: all, trouble: without }] = await Promise.all([
    readPart('the workers', () => inspector.workers(), []),
    readPart('the names of the queues', names, inspector.knownQueues),
  ]);
  const served = workers.flatMap(({ queues }) => queues.map(({ name }) => name));
  const chosen = chooseQueues(all, [...inspector.knownQueues, ...served], MOST_QUEUES);
  const rule = { withinMs: QUEUES_WITHIN_MS };
  const visited = await inspector.eachQueue(chosen.names, (name) => queueLoad(inspector, name), rule);
  return {
    ...{ pingMs, redis, workers, queueCount: all.length },
    troubles: [trouble, without].filter((one) => one !== null),
    queues: visited.read.map(([, queue]) => queue),
    unreadable: visited.unreadable,
    leftOut: chosen.leftOut + visited.leftOut.length,
  };
}

/**
 * One that cannot write refuses even a ping, and is to be told of all the same: it is there as long as it says how it
 * is.
 */
async function lookAtRedis(inspector: Inspector, clock: Clock): Promise<Pick<Seen, 'pingMs' | 'redis'>> {
  const sentAt = clock.elapsed();
  const pinged = inspector.ping().then(
    () => null,
    (error: unknown) => coerceError(error),
  );
  const [refused, redis] = await Promise.all([
    pinged.then((error) => ({ error, pingMs: clock.elapsed() - sentAt })),
    inspector.redisInfo().then(redisInfoOf, () => null),
  ]);
  if (refused.error && redis === null) throw refused.error;
  return { pingMs: refused.pingMs, redis };
}
