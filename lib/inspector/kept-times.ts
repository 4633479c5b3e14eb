import type { TimesDeps } from '../engine/times/keep-times.ts';
import {
  type KeptSlot,
  type KeptVersion,
  readSlots,
  readSums,
  readTypes,
  readVersions,
  rowOf,
} from '../engine/times/read-times.ts';
import {
  ALL_TYPES,
  MOST_TIMED_TYPES,
  MOST_VERSIONS,
  OTHER_TYPES,
  rowOfType,
  type Span,
} from '../engine/times/spans.ts';
import { COUNTS_LENGTH, END_PLACE, type TimeCounts } from '../engine/times/time-counts.ts';
import { slowestOf } from '../engine/times/time-tally.ts';

/** What is kept of how long the jobs of a queue took, or those of one type of it, over a span. */
export interface KeptTimes {
  /** The oldest first. */
  slots: KeptSlot[];
  /** Of each type over the span; null for all together that are not kept by themselves. None for one type. */
  types: ReadonlyMap<string | null, TimeCounts>;
  /** The newest first. */
  versions: KeptVersion[];
  /** Whether it is of the type that was asked for alone. */
  isOwn: boolean;
}

/** Which times are read, until `now`, epoch ms; a type of null stands for all. */
export interface KeptTimesQuery {
  span: Span;
  type: string | null;
  now: number;
}

/** Reads what is kept in one shard of a queue, or in a queue without. */
export async function readKeptTimes(
  deps: TimesDeps,
  { span, type, now }: KeptTimesQuery,
): Promise<KeptTimes> {
  const kept = await readTypes(deps);
  const row = rowOf(type, kept);
  const others = type === null ? [...kept, null] : [];
  const rows = others.map((one) => (one === null ? OTHER_TYPES : rowOfType(one)));
  const [slots, sums, versions] = await Promise.all([
    readSlots(deps, row, { span, now }),
    readSums(deps, rows, { span, now }),
    readVersions(deps, row),
  ]);
  const types = new Map(others.map((one, at) => [one, sums[at] ?? noCounts()]));
  return { slots, types, versions, isOwn: type === null ? row === ALL_TYPES : row !== OTHER_TYPES };
}

/**
 * Adds up what is kept in shards, bucket by bucket. Where some keep the type that was asked for by itself, it is of
 * those: in the others it cannot be told from the rest.
 */
export function mergedTimes(shards: readonly KeptTimes[]): KeptTimes {
  const isOwn = shards.some((one) => one.isOwn);
  const told = shards.filter((one) => one.isOwn === isOwn);
  const [first, ...others] = told.map(({ slots }) => slots);
  return {
    slots: (first ?? []).map((slot, at) => others.reduce((sum, slots) => addedSlot(sum, slots[at]), slot)),
    types: mergedTypes(shards.map(({ types }) => types)),
    versions: mergedVersions(told.flatMap(({ versions }) => versions)),
    isOwn,
  };
}

/** The sum of counts, which stay as they are. */
export function addedCounts(one: TimeCounts, other: TimeCounts): TimeCounts {
  return one.map((count, place) => count + (other[place] ?? 0));
}

function noCounts(): TimeCounts {
  return new Uint32Array(COUNTS_LENGTH);
}

function addedSlot(one: KeptSlot, other: KeptSlot | undefined): KeptSlot {
  if (!other) return one;
  const slowest = slowestOf([...one.slowest, ...other.slowest]);
  return { at: one.at, counts: addedCounts(one.counts, other.counts), slowest };
}

/** The busiest by themselves, as many as one queue keeps, and all others together. */
function mergedTypes(shards: readonly KeptTimes['types'][]): KeptTimes['types'] {
  const sums = new Map<string | null, TimeCounts>();
  for (const [type, counts] of shards.flatMap((types) => [...types]))
    sums.set(type, addedCounts(sums.get(type) ?? noCounts(), counts));
  const named = [...sums].filter(([type]) => type !== null);
  named.sort(([, one], [, other]) => endedIn(other) - endedIn(one));
  const rest = named.splice(MOST_TIMED_TYPES).map(([, counts]) => counts);
  const others = sums.get(null);
  return new Map([...named, ...(others ? [[null, rest.reduce(addedCounts, others)] as const] : [])]);
}

function endedIn(counts: TimeCounts): number {
  return Object.values(END_PLACE).reduce((sum, place) => sum + (counts[place] ?? 0), 0);
}

/** Those that were seen last, as many as one queue keeps. */
function mergedVersions(all: readonly KeptVersion[]): KeptVersion[] {
  const merged = new Map<string, KeptVersion>();
  for (const one of all) {
    const { version } = one;
    const known = merged.get(version);
    merged.set(version, known ? addedVersion(known, one) : one);
  }
  const last = [...merged.values()].sort((one, other) => other.lastAt - one.lastAt).slice(0, MOST_VERSIONS);
  return last.sort((one, other) => other.firstAt - one.firstAt);
}

function addedVersion(one: KeptVersion, other: KeptVersion): KeptVersion {
  return {
    version: one.version,
    firstAt: Math.min(one.firstAt, other.firstAt),
    lastAt: Math.max(one.lastAt, other.lastAt),
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    retried: one.retried + other.retried,
  };
}
