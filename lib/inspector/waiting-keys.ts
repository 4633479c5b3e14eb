import { keyOfLine } from '../engine/keys.ts';
import type { HeldBack } from '../engine/limits/holds.ts';
import { type LinesDeps, namesOfLines, readLists } from '../engine/limits/lines.ts';

/** A key with waiting jobs, in a queue with limits. */
export interface WaitingKey {
  /** Null stands for the jobs without a key. */
  key: string | null;
  waiting: number;
  /** How many of its jobs run, where that is limited; else 0. */
  running: number;
  /** `ready`: its next job is taken at its turn; `full`: when one that runs has ended; `paced`: when a token comes. */
  state: 'ready' | 'full' | 'paced';
  /** When its next token comes, epoch ms; null unless it is paced. */
  freesAt: number | null;
}

/** Reads the keys with waiting jobs of a queue, or of a shard of one, up to so many, those with most first. */
export async function readWaitingKeys({ client, keys }: LinesDeps, limit: number): Promise<WaitingKey[]> {
  const names = await namesOfLines({ client, keys });
  const lists = await readLists(client, names.map(keys.line));
  const waiting = new Map<string, { waiting: number; lines: string[] }>();
  for (const [at, line] of names.entries()) {
    const key = keyOfLine(line);
    const { waiting: others, lines } = waiting.get(key) ?? { waiting: 0, lines: [] };
    waiting.set(key, { waiting: others + (lists[at]?.length ?? 0), lines: [...lines, line] });
  }
  const shown = [...waiting]
    .filter(([, one]) => one.waiting > 0)
    .sort(([, a], [, b]) => b.waiting - a.waiting)
    .slice(0, limit);
  if (shown.length === 0) return [];
  const shownLines = shown.flatMap(([, { lines }]) => lines);
  const [running, scores] = await Promise.all([
    client.hmget(keys.busy, ...shown.map(([key]) => key)),
    client.zmscore(keys.pending, ...shownLines),
  ]);
  const until = new Map(shownLines.map((line, at) => [line, scores[at] ?? null]));
  return shown.map(([key, one], at) => ({
    key: key === '' ? null : key,
    waiting: one.waiting,
    running: Number(running[at] ?? 0),
    // What its first line waits for, where all wait.
    ...stateOf(firstOf(one.lines.map((line) => until.get(line) ?? null))),
  }));
}

/** The earliest of some times at which lines may run; null where one of them may now. */
function firstOf(until: readonly (string | null)[]): string | null {
  const times = until.map((one) => (one === null ? 0 : Number(one.replace('inf', 'Infinity'))));
  const first = until[times.indexOf(Math.min(...times))];
  return first ?? null;
}

function stateOf(until: string | null): Pick<WaitingKey, 'state' | 'freesAt'> {
  if (until === null) return { state: 'ready', freesAt: null };
  return until === 'inf' ? { state: 'full', freesAt: null } : { state: 'paced', freesAt: Number(until) };
}

/** Puts keys together that wait in several shards: what is ready in one of them is ready. Those with most first. */
export function mergedKeys(all: readonly WaitingKey[]): WaitingKey[] {
  const merged = new Map<string | null, WaitingKey>();
  for (const one of all) {
    const known = merged.get(one.key);
    merged.set(one.key, known ? addedKey(known, one) : one);
  }
  return [...merged.values()].sort((one, other) => other.waiting - one.waiting);
}

const SOONEST: readonly WaitingKey['state'][] = ['ready', 'paced', 'full'];

function addedKey(one: WaitingKey, other: WaitingKey): WaitingKey {
  const times = [one, other].flatMap(({ freesAt }) => freesAt ?? []);
  const state = SOONEST.find((soonest) => one.state === soonest || other.state === soonest) ?? one.state;
  return {
    key: one.key,
    waiting: one.waiting + other.waiting,
    running: one.running + other.running,
    state,
    freesAt: state === 'paced' ? Math.min(...times) : null,
  };
}

/** What several shards hold back, each key once and until it is free in all of them; the longest first. */
export function mergedHolds(all: readonly HeldBack[]): HeldBack[] {
  const until = new Map<string | null, number>();
  for (const one of all) until.set(one.key, Math.max(one.until, until.get(one.key) ?? 0));
  const merged = [...until].map(([key, last]) => ({ key, until: last }));
  return merged.sort((one, other) => other.until - one.until);
}
