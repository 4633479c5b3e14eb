import { areRecorded, type EventLogDeps, listen, recordEvents } from '../engine/events/event-log.ts';
import type { QueueKeys } from '../engine/keys.ts';
import type { RedisClient } from '../engine/scripts.ts';

/** Has the events of further shards kept if those of the first are: for good, or as long as somebody listens. */
export async function carryEvents(
  client: RedisClient,
  home: QueueKeys,
  others: readonly QueueKeys[],
): Promise<void> {
  if ((await client.exists(home.eventLog)) === 0) return;
  const isForGood = await areRecorded({ client, keys: home });
  const carry = (log: EventLogDeps): Promise<unknown> => (isForGood ? recordEvents(log, true) : listen(log));
  await Promise.all(others.map((keys) => carry({ client, keys })));
}
