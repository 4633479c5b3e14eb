import { namesOf } from '../../names-of.ts';
import { DEFAULT_PRIORITY, lineOf, type QueueKeys } from '../keys.ts';
import type { StoredJob } from '../record/stored-job.ts';
import type { RedisClient } from '../scripts.ts';
import { nextTokenAt } from './bucket.ts';
import { type Limit, readLimits } from './limits.ts';

/**
 * A limit that holds a job back: of its queue or its key; `freesInMs` is null where the end of a running job frees it.
 */
export interface LimitReason {
  reason: 'limited';
  of: 'queue' | 'key';
  limit: keyof Limit;
  key: string | null;
  freesInMs: number | null;
  text: string;
}

/** What looking at limits works with: a queue, and the incarnations of its live workers. */
interface LimitsDeps {
  client: RedisClient;
  keys: QueueKeys;
  live: readonly string[];
  /** Redis's time, epoch ms. */
  now: number;
}

/** Tells which limits hold a waiting job back at the moment, that of its key first. */
export async function whyLimited(deps: LimitsDeps, { record }: StoredJob): Promise<LimitReason[]> {
  const note = await readLimits(deps.client, deps.keys);
  if (note === null) return [];
  const { key = null, priority = DEFAULT_PRIORITY } = record.options;
  const { perKey, ...ofQueue } = note.limits;
  const [byKey, byQueue] = await Promise.all([
    key !== null && perKey ? ifKeyFull(deps, { key, line: lineOf(key, priority) }, perKey) : [],
    ifQueueFull(deps, ofQueue),
  ]);
  return [...byKey, ...byQueue];
}

async function ifKeyFull(
  { client, keys, now }: LimitsDeps,
  { key, line }: { key: string; line: string },
  limit: Limit,
): Promise<LimitReason[]> {
  const until = await client.zscore(keys.pending, line);
  if (until === null) return [];
  const { concurrency = 0, rate } = limit;
  if (until === 'inf') {
    const text = `its key ${key} runs the ${concurrency} jobs that it may at a time`;
    return [{ reason: 'limited', of: 'key', limit: 'concurrency', key, freesInMs: null, text }];
  }
  const freesInMs = Math.max(0, Math.ceil(Number(until) - now));
  if (!rate || freesInMs === 0) return [];
  const text = `its key ${key} has begun as many jobs as its rate allows; the next may in ${freesInMs} ms`;
  return [{ reason: 'limited', of: 'key', limit: 'rate', key, freesInMs, text }];
}

async function ifQueueFull(
  { client, keys, live, now }: LimitsDeps,
  { concurrency, rate }: Limit,
): Promise<LimitReason[]> {
  const [held, fullAt] = await Promise.all([
    Promise.all(live.map((one) => client.scard(keys.claims(one)))),
    client.zscore(keys.rates, ''),
  ]);
  const running = held.reduce((sum, one) => sum + one, 0);
  const freesInMs = rate ? Math.ceil(nextTokenAt(rate, fullAt === null ? null : Number(fullAt)) - now) : 0;
  const found: Record<keyof Limit, Pick<LimitReason, 'freesInMs' | 'text'> | null> = {
    concurrency:
      concurrency !== undefined && running >= concurrency
        ? { freesInMs: null, text: fullText(concurrency) }
        : null,
    rate:
      freesInMs > 0
        ? {
            freesInMs,
            text: `its queue has begun as many jobs as its rate allows; the next may in ${freesInMs} ms`,
          }
        : null,
  };
  return namesOf(found).flatMap((limit) => {
    const fact = found[limit];
    return fact ? { reason: 'limited', of: 'queue', limit, key: null, ...fact } : [];
  });
}

/** A shard may have no part of the limits of its queue. */
function fullText(concurrency: number): string {
  if (concurrency === 0) return 'its shard of the queue has no part of the limits of the whole at the moment';
  return `its queue runs the ${concurrency} jobs that it may at a time`;
}
