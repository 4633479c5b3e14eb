import { type EventId, parseEventId } from '../engine/events/event-id.ts';
import { MOST_SHARDS } from '../shards/route.ts';

/**
 * Behind which events of a queue one who listens goes on: one in the log of each shard, in their order; one alone where
 * the queue has no shards. Of a shard that is not named nothing was heard yet.
 */
export type EventPlace = readonly EventId[];

/** Between the ids of the shards, see {@link parseEventPlace}. */
const BETWEEN = '.';

/**
 * Reads the id of an event, which of a queue with shards names an event of each: `1795473390607-57.1795473390101-3`.
 * Null for what is none.
 */
export function parseEventPlace(text: string): EventPlace | null {
  const parts = text.split(BETWEEN, MOST_SHARDS + 1);
  const ids = parts.flatMap((part) => parseEventId(part) ?? []);
  return parts.length <= MOST_SHARDS && ids.length === parts.length ? ids : null;
}

/** Writes one of the ids of the shards. */
export function eventPlaceText(ids: readonly string[]): string {
  return ids.join(BETWEEN);
}
