import type { TimesDeps } from './keep-times.ts';
import { ALL_TYPES, OTHER_TYPES, rowOfType, SPANS, type Span } from './spans.ts';
import { addSparse, COUNTS_LENGTH, type TimeCounts } from './time-counts.ts';
import { type SlowJob, slowestOf } from './time-tally.ts';

/** What is kept of some minutes, a quarter of an hour or a day. */
export interface KeptSlot {
  /** When it begins, epoch ms. */
  at: number;
  counts: TimeCounts;
  slowest: SlowJob[];
}

/** How the jobs of one version of a program ended, from the first to the last that was seen. Times are epoch ms. */
export interface KeptVersion {
  version: string;
  firstAt: number;
  lastAt: number;
  succeeded: number;
  failed: number;
  retried: number;
}

/** Which slots are read: those of a span until `now`, epoch ms. */
export interface ReadSpan {
  span: Span;
  now: number;
}

/** So many fields are asked for at once: some dozens of kilobytes. */
const FIELDS_PER_CALL = 100;

/** Reads the slots of a row over a span until `now`, epoch ms; the oldest first. */
export async function readSlots(deps: TimesDeps, row: string, over: ReadSpan): Promise<KeptSlot[]> {
  const { slotMs } = SPANS[over.span];
  const texts = await readTexts(deps, [row], over);
  const [first = 0] = slotNumbers(over);
  return texts.map((text, at) => toSlot((first + at) * slotMs, text));
}

/** Reads the sum of each of some rows over a span; of thousands of slots none is made by itself. */
export async function readSums(
  deps: TimesDeps,
  rows: readonly string[],
  over: ReadSpan,
): Promise<TimeCounts[]> {
  const { slots } = SPANS[over.span];
  const texts = await readTexts(deps, rows, over);
  return rows.map((_, row) => {
    const sum = new Uint32Array(COUNTS_LENGTH);
    for (let at = row * slots; at < (row + 1) * slots; at++) {
      const text = texts[at] ?? null;
      if (text !== null) addSparse(sum, listIn(listIn(parsed(text))[0]));
    }
    return sum;
  });
}

/** Of each row all slots of the span, row by row. */
async function readTexts(
  { client, keys }: TimesDeps,
  rows: readonly string[],
  over: ReadSpan,
): Promise<(string | null)[]> {
  const fields = rows.flatMap((row) => slotNumbers(over).map((slot) => `${over.span}:${slot}:${row}`));
  const texts: (string | null)[] = [];
  for (let from = 0; from < fields.length; from += FIELDS_PER_CALL) {
    texts.push(...(await client.hmget(keys.times, ...fields.slice(from, from + FIELDS_PER_CALL))));
  }
  return texts;
}

function slotNumbers({ span, now }: ReadSpan): number[] {
  const { slotMs, slots } = SPANS[span];
  const last = Math.floor(now / slotMs);
  return Array.from({ length: slots }, (_, at) => last - slots + 1 + at);
}

/** Reads which types of a queue are kept by themselves, the busiest first. */
export async function readTypes({ client, keys }: TimesDeps): Promise<string[]> {
  return client.zrange(keys.timedTypes, 0, '-1', 'REV');
}

/** Reads how the jobs of each version ended, of all types or of one, the newest version first. */
export async function readVersions({ client, keys }: TimesDeps, row: string): Promise<KeptVersion[]> {
  const kept = await client.hgetall(keys.timedVersions);
  const read = Object.entries(kept).flatMap(([version, text]) => toVersion(version, text, row));
  return read.sort((one, other) => other.firstAt - one.firstAt);
}

/** The row in which a type is counted, given which are kept by themselves; null stands for all. */
export function rowOf(type: string | null, kept: readonly string[]): string {
  if (type === null) return ALL_TYPES;
  return kept.includes(type) ? rowOfType(type) : OTHER_TYPES;
}

/** What cannot be read counts nothing. */
function toSlot(at: number, text: string | null): KeptSlot {
  const [counts, slowest] = listIn(parsed(text));
  return {
    at,
    counts: addSparse(new Uint32Array(COUNTS_LENGTH), listIn(counts)),
    slowest: slowestOf(listIn(slowest).filter(isSlowJob)),
  };
}

function toVersion(version: string, text: string, row: string): KeptVersion[] {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return [];
  const { first, last, ends }: Record<string, unknown> = { ...value };
  const ofRow: unknown = typeof ends === 'object' && ends !== null ? Reflect.get(ends, row) : null;
  const [succeeded, failed, retried] = listIn(ofRow).map(Number);
  const sum = (succeeded ?? 0) + (failed ?? 0) + (retried ?? 0);
  if (!(sum > 0) || typeof first !== 'number' || typeof last !== 'number') return [];
  const counts = { succeeded: succeeded ?? 0, failed: failed ?? 0, retried: retried ?? 0 };
  return [{ version, firstAt: first, lastAt: last, ...counts }];
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Lua writes a list without anything in it as an object. */
function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSlowJob(value: unknown): value is SlowJob {
  const [durationMs, id, endedAt] = listIn(value);
  return Number.isFinite(durationMs) && typeof id === 'string' && Number.isFinite(endedAt);
}
