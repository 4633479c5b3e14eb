import { nextTick, type Rule, ticks } from './occurrences.ts';
import type { MissedPolicy } from './schedule.ts';

/** Ticks that do not fire because no worker was there. */
export interface MissedTicks {
  first: number;
  last: number;
  count: number;
  /** Whether there were more, which nobody counted. */
  atLeast: boolean;
}

/** What is to be done at a tick that has come. */
export interface Plan {
  /** Those that fire now, in order. */
  ticks: number[];
  missed: MissedTicks | null;
  /** The next that is to come; null when there is none. */
  next: number | null;
}

/** A tick that is late by no more is not missed: so long a dead worker may hold its lease, or a deployment take. */
export const LATE_MS = 10_000;
/** A schedule fires at most once a second. */
const MOST_RECENT = LATE_MS / 1_000 + 1;
/** So many missed ticks are counted. */
const MOST_COUNTED = 1_000;
/** Beyond so many a window is made smaller. */
const MOST_IN_WINDOW = 2_500;
const FIRST_WINDOW_MS = 60_000;
const WINDOW_GROWTH = 4;

/** Decides which of the ticks that have come fire; `tick` is the earliest of them. Times are epoch ms. */
export function planFirings(
  rule: Rule,
  missed: MissedPolicy,
  { tick, now }: { tick: number; now: number },
): Plan {
  // Should Redis's clock go back, no tick comes a second time.
  const next = nextTick(rule, Math.max(tick, now));
  const come = [tick, ...between(rule, { after: tick, now, most: MOST_COUNTED })];
  if (now - tick <= LATE_MS) return { ticks: come, missed: null, next };
  const firing = choose(missed, { now, newest: (most) => newest(rule, { come, tick, now }, most) });
  return { ticks: firing, missed: without(firing, come), next };
}

/** What choosing goes by. */
interface Backlog {
  now: number;
  /** The newest so many of the ticks that have come, in order. */
  newest(most: number): number[];
}

function choose(missed: MissedPolicy, { now, newest }: Backlog): number[] {
  if (missed === 'once') return newest(1);
  const most = missed === 'skip' ? 0 : missed.all;
  const isLate = (tick: number): boolean => now - tick > LATE_MS;
  const found = newest(most + MOST_RECENT);
  const late = found.filter(isLate);
  return [...lastOf(late, most), ...found.filter((tick) => !isLate(tick))];
}

/**
 * The newest so many: looked for from now backwards where there are too many to count, in windows that grow until they
 * hold enough. One that holds far more, as where they fire each second after long rests, is halved.
 */
function newest(
  rule: Rule,
  { come, tick, now }: { come: readonly number[]; tick: number; now: number },
  most: number,
): number[] {
  if (come.length <= MOST_COUNTED) return lastOf(come, most);
  let [tooSmall, tooLarge] = [0, Number.POSITIVE_INFINITY];
  for (let windowMs = FIRST_WINDOW_MS; ; ) {
    const after = Math.max(tick, now - windowMs);
    const found = between(rule, { after, now, most: MOST_IN_WINDOW });
    const isEnough = found.length >= most || after === tick;
    if (isEnough && found.length < MOST_IN_WINDOW) return lastOf(found, most);
    if (isEnough) tooLarge = Math.min(windowMs, now - tick);
    else tooSmall = windowMs;
    windowMs = tooLarge === Number.POSITIVE_INFINITY ? windowMs * WINDOW_GROWTH : (tooSmall + tooLarge) / 2;
  }
}

/** The ticks after a moment up to now, the first so many. */
function between(rule: Rule, { after, now, most }: { after: number; now: number; most: number }): number[] {
  const found: number[] = [];
  for (const tick of ticks(rule, after)) {
    if (tick > now || found.length >= most) break;
    found.push(tick);
  }
  return found;
}

function lastOf(all: readonly number[], most: number): number[] {
  return all.slice(Math.max(0, all.length - most));
}

function without(firing: readonly number[], come: readonly number[]): MissedTicks | null {
  const fires = new Set(firing);
  const fallen = come.slice(0, MOST_COUNTED).filter((tick) => !fires.has(tick));
  const [first] = fallen;
  const last = fallen.at(-1);
  if (first === undefined || last === undefined) return null;
  return { first, last, count: fallen.length, atLeast: come.length > MOST_COUNTED };
}
