import { queueKeys } from '../../lib/engine/keys.ts';
import { keepTimes } from '../../lib/engine/times/keep-times.ts';
import { SPANS } from '../../lib/engine/times/spans.ts';
import { type TimedAttempt, TimeTally } from '../../lib/engine/times/time-tally.ts';
import type { RedisClient } from '../../lib/redis/connect.ts';
import { attemptOf } from './times.ts';

/** Where times are kept. */
export interface KeptTimesDeps {
  client: RedisClient;
  prefix: string;
}

/** Keeps attempts of a queue as a worker of this version does, each with the type of its job. */
export function keepAttempts(
  { client, prefix }: KeptTimesDeps,
  queue: string,
  attempts: readonly (readonly [type: string, facts: Partial<TimedAttempt>])[],
  version: string | null = null,
): Promise<void> {
  const tally = new TimeTally();
  for (const [type, facts] of attempts) tally.note(type, attemptOf(facts));
  return keepTimes({ client, keys: queueKeys(prefix, queue, false) }, tally, version);
}

/** Puts what is kept of this minute, quarter of an hour and day into all slots of a span as well. */
export async function spreadOverSpans({ client, prefix }: KeptTimesDeps, queue: string): Promise<void> {
  const { times } = queueKeys(prefix, queue, false);
  for (const [field, text] of Object.entries(await client.hgetall(times))) {
    const [span = '', slot, ...row] = field.split(':');
    const { slots } = Object.entries(SPANS).find(([name]) => name === span)?.[1] ?? { slots: 0 };
    const copies = Array.from({ length: slots }, (_, ago) => [
      `${span}:${Number(slot) - ago}:${row.join(':')}`,
      text,
    ]);
    await client.hset(times, Object.fromEntries(copies));
  }
}
