import { presenceKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import { type PresenceDeps, parseSaid } from './presence.ts';

/** How an attempt ended: as its outcome says, or `fenced` where its claim was gone by then. */
export const ATTEMPT_ENDS = ['succeeded', 'retry', 'failed', 'snoozed', 'interrupted', 'fenced'] as const;

/** One of {@link ATTEMPT_ENDS}. */
export type AttemptEnd = (typeof ATTEMPT_ENDS)[number];

/** An attempt that ended in a worker. Times are epoch ms by Redis's clock. */
export interface EndedAttempt {
  queue: string;
  id: string;
  type: string;
  startedAt: number;
  endedAt: number;
  end: AttemptEnd;
}

/** What all slots of a worker did within a cell of time. */
export interface BusyCell {
  /** When it begins, epoch ms by Redis's clock. */
  at: number;
  /** For how long slots were taken, all together, by attempts that have ended. */
  busyMs: number;
  succeeded: number;
  /** Attempts that failed, whether the job is tried again or not. */
  failed: number;
  /** All others: put off, interrupted, fenced. */
  others: number;
}

/** What the slots of a worker did in the last minutes, as it told when somebody asked. */
export interface KeptLanes {
  /** When it told, epoch ms by Redis's clock. */
  at: number;
  /** From the oldest to the newest, without gaps. */
  cells: BusyCell[];
  /** From when on all attempts are listed, and all that took long, epoch ms; 0 for all that it has run. */
  allSince: number;
  longSince: number;
  attempts: EndedAttempt[];
}

/** How long a cell of time is, and how many are kept. */
export const CELL_MS = 5_000;
/** See {@link CELL_MS}. */
export const CELLS = 60;

/** How long it is kept what a worker has told: somebody may look who comes while it can tell nothing. */
const KEPT_MS = 300_000;
const MOST_CELLS = 1_000;
const MOST_ATTEMPTS = 1_000;
/** What is longer was not told by a worker of ours. */
const MOST_TEXT = 2_000_000;

/** Keeps what a worker tells of its slots, for whoever has asked for it. */
export async function keepLanes(
  { client, prefix }: PresenceDeps,
  id: string,
  lanes: KeptLanes,
): Promise<void> {
  await client.set(presenceKeys(prefix).lanes(id), JSON.stringify(lanes), 'PX', KEPT_MS);
}

/** What workers were asked for hears: the id of one, and what for. */
export function lanesWord(id: string): string {
  return `${id} lanes`;
}

/** Asks workers to tell of their slots; those that are away, or blocked, do not hear it. */
export async function askForLanes(
  { client, prefix }: { client: RedisClient; prefix: string },
  ids: readonly string[],
): Promise<void> {
  const { orders } = presenceKeys(prefix);
  await Promise.all(ids.map((id) => client.publish(orders, lanesWord(id))));
}

/** What a worker has told last, and how long ago; null where it has told nothing lately. */
export async function readLanes(
  { client, prefix }: PresenceDeps,
  id: string,
): Promise<{ lanes: KeptLanes; ageMs: number } | null> {
  const key = presenceKeys(prefix).lanes(id);
  const length = await client.strlen(key);
  if (length === 0 || length > MOST_TEXT) return null;
  const [text, leftMs] = await Promise.all([client.get(key), client.pttl(key)]);
  const lanes = text === null ? null : toLanes(parseSaid(text));
  return lanes && { lanes, ageMs: Math.max(0, KEPT_MS - leftMs) };
}

/** Whoever wrote it: what is no such thing is passed over. */
function toLanes(value: unknown): KeptLanes | null {
  if (typeof value !== 'object' || value === null) return null;
  const [at, allSince, longSince] = ['at', 'allSince', 'longSince'].map((name) => Reflect.get(value, name));
  const [cells, attempts]: unknown[] = [Reflect.get(value, 'cells'), Reflect.get(value, 'attempts')];
  if (!isTime(at) || !isTime(allSince) || !isTime(longSince)) return null;
  if (!Array.isArray(cells) || !Array.isArray(attempts)) return null;
  return {
    ...{ at, allSince, longSince },
    cells: cells.slice(0, MOST_CELLS).filter(isCell),
    attempts: attempts.slice(0, MOST_ATTEMPTS).filter(isAttempt),
  };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isCell(value: unknown): value is BusyCell {
  const names = ['at', 'busyMs', 'succeeded', 'failed', 'others'];
  return (
    typeof value === 'object' && value !== null && names.every((name) => isTime(Reflect.get(value, name)))
  );
}

function isAttempt(value: unknown): value is EndedAttempt {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['queue', 'id', 'type'].every((name) => typeof Reflect.get(value, name) === 'string');
  const times = ['startedAt', 'endedAt'].every((name) => isTime(Reflect.get(value, name)));
  return texts && times && 'end' in value && ATTEMPT_ENDS.some((end) => end === value.end);
}
