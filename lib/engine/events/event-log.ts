import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { BEGINNING, type EventId, eventIdText, parseEventId } from './event-id.ts';
import { type LogEntry, readEntry } from './queue-event.ts';

/** What the log of a queue works with. */
export interface EventLogDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/**
 * How long events are wanted after somebody last said so, in ms. It bridges an outage of Redis, and of who listens:
 * what happens meanwhile is found afterwards.
 */
const WANTED_MS = 300_000;

/** Says that somebody listens, so that events are written; resolves with the newest one that there is. */
export async function listen({ client, keys }: EventLogDeps): Promise<EventId> {
  const args = { how: 'listens', forMs: WANTED_MS };
  return parseEventId(await runScript(client, { script: 'listen', queue: keys, args })) ?? BEGINNING;
}

/** Has the events of a queue written for good, or no longer than somebody listens. Harmless twice. */
export async function recordEvents({ client, keys }: EventLogDeps, isOn: boolean): Promise<void> {
  const args = { how: isOn ? 'always' : 'lapses', forMs: WANTED_MS };
  await runScript(client, { script: 'listen', queue: keys, args });
}

/**
 * Forgets what was written, and goes on as before: who listens is told of a gap. Resolves with whether there was a log.
 */
export async function restartLog(deps: EventLogDeps): Promise<boolean> {
  const isForGood = await areRecorded(deps);
  if ((await deps.client.unlink(deps.keys.eventLog)) === 0) return false;
  await (isForGood ? recordEvents(deps, true) : listen(deps));
  return true;
}

/** Whether the events of a queue are written for good. */
export async function areRecorded({ client, keys }: EventLogDeps): Promise<boolean> {
  // A log without a time limit; one that is not there has another answer.
  return (await client.pttl(keys.eventLog)) === -1;
}

/** Reads up to `most` entries behind one. */
export async function readLog(
  { client, keys }: EventLogDeps,
  after: EventId,
  most: number,
): Promise<LogEntry[]> {
  const entries = await client.xrange(keys.eventLog, `(${eventIdText(after)}`, '+', 'COUNT', most);
  return entries.flatMap(([id, fields]) => readEntry(keys, id, fields) ?? []);
}
