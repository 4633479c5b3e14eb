import { type AlertRule, alertRule, isAlertRule } from '../../alert-rules.ts';
import type { AlertState, StoredAlert } from '../../inspector/inspector.ts';
import type { AlertSignal } from './alert-signals.ts';

/** What one look found. */
export interface AlertLook {
  /** When, by the clock of Redis, epoch ms. */
  now: number;
  signals: readonly AlertSignal[];
  /** Whether it was looked at a queue, or at Redis (null): of one that was not, nothing new is known. */
  covers(queue: string | null): boolean;
  /** What was not looked at for longer does not count as having gone on meanwhile. */
  gapMs: number;
  /** The queue with which the next look begins. */
  next: string;
}

/** So many are kept at a time, those that do not fire yet among them. */
export const MOST_ALERTS = 1_000;
const HOUR_MS = 3_600_000;

/** What is known before the first look. */
export function firstState(now: number): AlertState {
  return {
    ...{ startedAt: now, lookedAt: now, next: '', alerts: [], sending: [] },
    ...{ isHeld: false, more: 0, moreAt: 0, isMoreTold: false },
  };
}

/**
 * Decides by a look which alerts fire, go on and end. As `for` of Prometheus has it, one fires once it was seen in
 * every look for as long as its rule says; it ends once it was not seen for a while.
 */
export function decideAlerts(before: AlertState, look: AlertLook): AlertState {
  const { now, next } = look;
  const signals = new Map(look.signals.map((signal) => [keyOf(signal), signal]));
  const kept = before.alerts.flatMap((alert) => {
    const signal = signals.get(keyOf(alert));
    signals.delete(keyOf(alert));
    if (signal) return [goOn(alert, signal, look)];
    return look.covers(alert.queue) ? lapse(alert, now) : [alert];
  });
  const all = [...kept, ...[...signals.values()].map((signal) => begin(signal, now))];
  const more = all.length - MOST_ALERTS;
  const alerts = criticalFirst(all).slice(0, MOST_ALERTS);
  return { ...before, lookedAt: now, next, alerts, ...moreOf(before, more, now) };
}

/** What an alert is known by. */
export function keyOf({ rule, queue, subject }: Pick<StoredAlert, 'rule' | 'queue' | 'subject'>): string {
  return JSON.stringify([rule, queue, subject]);
}

function begin({ rule, queue, subject, summary, detail }: AlertSignal, now: number): StoredAlert {
  const firedAt = alertRule(rule).forMs === 0 ? now : null;
  const times = { since: now, seenAt: now, firedAt, endedAt: null };
  return { rule, queue, subject, summary, detail, ...times, isTold: false };
}

function goOn(alert: StoredAlert, { rule, summary, detail }: AlertSignal, look: AlertLook): StoredAlert {
  const { now, gapMs } = look;
  const hasGap = alert.firedAt === null && now - alert.seenAt > gapMs;
  // A clock that was set back must not put it off for as long.
  const since = hasGap || alert.since > now ? now : alert.since;
  const firedAt = alert.firedAt ?? (now - since >= alertRule(rule).forMs ? now : null);
  return { ...alert, summary, detail, since, firedAt, seenAt: now, endedAt: null };
}

function lapse(alert: StoredAlert, now: number): StoredAlert[] {
  const { firedAt, endedAt, seenAt, isTold } = alert;
  if (firedAt === null) return [];
  if (endedAt !== null) return [alert];
  const { keepMs, tellsEnd } = ruleOf(alert);
  // What has happened is told all the same, also where that has to wait.
  if (!tellsEnd && !isTold) return [alert];
  if (now - seenAt < keepMs && seenAt <= now) return [alert];
  return isTold && tellsEnd ? [{ ...alert, endedAt: now }] : [];
}

/** One that another version has stored goes in silence. */
function ruleOf({ rule }: StoredAlert): Pick<AlertRule, 'keepMs' | 'tellsEnd'> {
  return isAlertRule(rule) ? alertRule(rule) : { keepMs: HOUR_MS, tellsEnd: false };
}

/** A storm of warnings must not leave out what somebody is to be woken for: of these the latest make way. */
function criticalFirst(alerts: readonly StoredAlert[]): StoredAlert[] {
  const isLast = ({ rule }: StoredAlert): number =>
    Number(!isAlertRule(rule) || alertRule(rule).severity !== 'critical');
  return alerts.toSorted((one, other) => isLast(one) - isLast(other));
}

function moreOf(
  before: AlertState,
  more: number,
  now: number,
): Pick<AlertState, 'more' | 'moreAt' | 'isMoreTold'> {
  const { isMoreTold } = before;
  if (more > 0) return { more, moreAt: now, isMoreTold };
  const isOver = now - before.moreAt > HOUR_MS;
  return isOver
    ? { more: 0, moreAt: 0, isMoreTold: false }
    : { more: before.more, moreAt: before.moreAt, isMoreTold };
}
