import { type CronExpression, readCron } from './cron.ts';
import { type ClockChange, openTimeZone, type TimeZone } from './time-zone.ts';

/** What becomes of a local time that the clocks skip. */
export type SkippedTime = 'shift' | 'skip';

/** What becomes of a local time that comes twice, as the clocks are put back. */
export type RepeatedTime = 'first' | 'second' | 'both';

/** Between which moments a schedule fires, epoch ms; what is left out bounds nothing. */
export interface Bounds {
  /** The first moment at which it may fire. */
  startsAt?: number;
  /** The first moment at which it does not fire any more. */
  endsAt?: number;
}

/** When a schedule fires, as it is stored. */
export type Timing = Bounds &
  /** At each multiple of `everyMs` since the epoch, so that it is the same whoever reckons it. */
  (
    | { kind: 'every'; everyMs: number }
    | { kind: 'cron'; cron: string; timeZone: string; skippedTime: SkippedTime; repeatedTime: RepeatedTime }
  );

/** A moment at which a schedule fires, or would but for a change of the clocks. */
export interface Occurrence {
  /** Epoch ms. */
  at: number;
  /** The local time that it is for, such as `2026-03-29T02:30:00`. */
  local: string;
  /**
   * `shifted`: there is no such local time that day, and it fires when the gap ends; `repeated`: the local time comes
   * twice that day; `skipped`: it does not fire, and stands for all that the same change of the clocks lets fall.
   */
  mark: 'shifted' | 'repeated' | 'skipped' | null;
}

/** A timing that was read, ready to be reckoned with. */
export type Rule = Bounds & ({ kind: 'every'; everyMs: number } | CronRule);

interface CronRule {
  kind: 'cron';
  cron: CronExpression;
  zone: TimeZone;
  skippedTime: SkippedTime;
  repeatedTime: RepeatedTime;
}

/** No clock is set by more. */
const DAY_MS = 86_400_000;
/** So that the zone is not asked again at every second. */
const LOOK_AHEAD_MS = 2 * DAY_MS;
/** It is looked for no further ahead: what never fires, or hardly ever, would hold up all else meanwhile. */
const HORIZON_MS = 100 * 365.25 * DAY_MS;

/** Reads a timing. Throws an Error when the expression or the zone is not known here. */
export function readTiming(timing: Timing): Rule {
  if (timing.kind === 'every') return timing;
  const { cron, timeZone, ...others } = timing;
  return { ...others, cron: readCron(cron), zone: openTimeZone(timeZone) };
}

/**
 * Yields what comes after a moment (epoch ms), in order; what is `skipped` too. Ends when nothing is to come within a
 * hundred years.
 */
export function* occurrences(rule: Rule, after: number): Generator<Occurrence, undefined> {
  const { startsAt = Number.NEGATIVE_INFINITY, endsAt = Number.POSITIVE_INFINITY } = rule;
  const from = Math.max(after, startsAt - 1);
  const until = Math.min(endsAt, from + HORIZON_MS);
  const all = rule.kind === 'every' ? multiples(rule.everyMs, from) : byTheClock(rule, { from, until });
  for (const one of all) {
    if (one.at >= until) return;
    yield one;
  }
}

/** Yields the moments after another at which it fires. */
export function* ticks(rule: Rule, after: number): Generator<number, undefined> {
  for (const { at, mark } of occurrences(rule, after)) if (mark !== 'skipped') yield at;
}

/** The first moment after another at which it fires; null when there is none within a hundred years. */
export function nextTick(rule: Rule, after: number): number | null {
  const { value } = ticks(rule, after).next();
  return value ?? null;
}

function* multiples(everyMs: number, after: number): Generator<Occurrence, undefined> {
  for (let at = (Math.floor(after / everyMs) + 1) * everyMs; ; at += everyMs) {
    yield { at, local: toText(at), mark: null };
  }
}

/** What comes after `from` and before `until`, epoch ms. */
interface Span {
  from: number;
  until: number;
}

/**
 * Between two changes of the clocks, local times and moments differ by one number; so it goes from change to change.
 */
function* byTheClock(rule: CronRule, span: Span): Generator<Occurrence, undefined> {
  let { from } = span;
  let begun = rule.zone.nextChange(from - DAY_MS, from);
  for (;;) {
    const end: ClockChange | null = yield* stretch(rule, begun, { from, until: span.until });
    if (!end) return;
    const gap = inGap(rule, end);
    if (gap) yield gap;
    // What fired at the end of the gap does not fire there again.
    from = gap?.mark === 'shifted' ? end.at : end.at - 1;
    begun = end;
  }
}

/**
 * Yields what comes in the span before the clocks are set again. `begun` is the change before it, where that may be
 * less than a day ago. Returns the change that ends it, null when nothing more is to come.
 */
function* stretch(
  { cron, zone, repeatedTime }: CronRule,
  begun: ClockChange | null,
  { from, until }: Span,
): Generator<Occurrence, ClockChange | null> {
  const offset = begun ? begun.after : zone.offsetAt(from);
  const secondUntil = begun ? begun.at + begun.before : Number.NEGATIVE_INFINITY;
  let end: ClockChange | null = null;
  let seenUntil = Math.max(from, begun?.at ?? from);
  let isSaid = false;
  for (let local = cron.after(from + offset); local !== null; local = cron.after(local)) {
    const at = local - offset;
    // What falls into a gap fires at its end, up to a day before.
    if (at >= until + DAY_MS) return null;
    // A change may make a time up to a day before it one that comes twice.
    if (!end && at + DAY_MS > seenUntil) {
      end = zone.nextChange(seenUntil, at + LOOK_AHEAD_MS);
      seenUntil = at + LOOK_AHEAD_MS;
    }
    if (end && at >= end.at) return end;
    const turn = turnOf(local, { secondUntil, firstFrom: end ? end.at + end.after : null });
    const fires = turn === null || repeatedTime === 'both' || repeatedTime === turn;
    if (fires) yield { at, local: toText(local), mark: turn && 'repeated' };
    else if (!isSaid) yield { at, local: toText(local), mark: 'skipped' };
    isSaid = !fires;
  }
  return null;
}

/** Whether a local time comes for the first or the second time, where it comes twice. */
function turnOf(
  local: number,
  { secondUntil, firstFrom }: { secondUntil: number; firstFrom: number | null },
): 'first' | 'second' | null {
  if (local < secondUntil) return 'second';
  return firstFrom !== null && local >= firstFrom ? 'first' : null;
}

/** What the expression names within the local times that a change skips, if anything. */
function inGap({ cron, skippedTime }: CronRule, { at, before, after }: ClockChange): Occurrence | null {
  const local = cron.after(at + before - 1);
  if (local === null || local >= at + after) return null;
  return { at, local: toText(local), mark: skippedTime === 'shift' ? 'shifted' : 'skipped' };
}

function toText(local: number): string {
  return new Date(local).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
}
