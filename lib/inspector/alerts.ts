import { type AlertRuleName, type AlertSeverity, alertRule, isAlertRule } from '../alert-rules.ts';
import { AlertStore, type AlertStoreDeps } from '../engine/alerts/alert-store.ts';
import { countFailedSince } from '../engine/alerts/known-cases.ts';
import type { StoredAlert } from '../engine/alerts/stored-alerts.ts';
import { findNewKinds, type NewKinds, noteKinds } from './new-kinds.ts';
import type { QueueRooms } from './queue-rooms.ts';
import type { Room } from './room.ts';

/** Something that is wrong, and told of. */
export interface AlertInfo {
  rule: AlertRuleName;
  severity: AlertSeverity;
  /** Null where it is about Redis. */
  queue: string | null;
  /** What of the queue it is about: a schedule, or the fingerprint of a kind of failure; '' for all of it. */
  subject: string;
  /** What is wrong and what to do, in words. */
  summary: string;
  detail: string;
  /** Since when it is so, and since when it has been for long enough to be told; epoch ms. */
  since: number;
  firedAt: number;
}

/** All that is wrong. */
export interface AlertList {
  /** The critical ones first, then those that are told for longest. */
  alerts: AlertInfo[];
  /** How many more there were than are kept, 1,000. */
  more: number;
  /** When it was looked at last, epoch ms; null where nobody does, as no process has ALERT_WEBHOOK_URL. */
  lookedAt: number | null;
}

/** What alerts work with. */
interface AlertsDeps extends AlertStoreDeps {
  rooms: QueueRooms;
}

/** Tells what is wrong by the rules of alerts, as the processes found it that have ALERT_WEBHOOK_URL. */
export class Alerts {
  readonly #rooms: QueueRooms;
  /** Where those who look keep it. */
  readonly store: AlertStore;

  constructor({ rooms, ...deps }: AlertsDeps) {
    this.#rooms = rooms;
    this.store = new AlertStore(deps);
  }

  /** Lists what is wrong, as it was found when it was last looked at. */
  async list(): Promise<AlertList> {
    const { state } = await this.store.read();
    if (state === null) return { alerts: [], more: 0, lookedAt: null };
    const alerts = state.alerts.flatMap((one) => toAlertInfo(one) ?? []);
    return { alerts: alerts.sort(byWeight), more: state.more, lookedAt: state.lookedAt };
  }

  /** How many jobs of a queue have failed for good since a time, epoch ms, and are still there. */
  failedSince(queue: string, since: number): Promise<number> {
    const read = (room: Room): Promise<number> => countFailedSince(room, since);
    return this.#rooms.over(queue, read, (parts) => parts.reduce((sum, one) => sum + one));
  }

  /** Looks at `now` which kinds of failure are new since the last look, see {@link findNewKinds}. */
  async newKinds(queue: string, startedAt: number, now = Number.POSITIVE_INFINITY): Promise<NewKinds | null> {
    return findNewKinds(await this.#rooms.all(queue), { startedAt, now });
  }

  /** Notes that they are known by now. */
  noteKinds(queue: string, kinds: NewKinds, now: number): Promise<void> {
    return noteKinds(this.#rooms.home(queue), kinds, now);
  }
}

/** Null for one that is not told yet or is over, and for a rule of another version. */
export function toAlertInfo(stored: StoredAlert): AlertInfo | null {
  const { rule, queue, subject, summary, detail, since, firedAt, endedAt } = stored;
  if (!isAlertRule(rule) || firedAt === null || endedAt !== null) return null;
  const { severity } = alertRule(rule);
  return { rule, severity, queue, subject, summary, detail, since, firedAt };
}

function byWeight(one: AlertInfo, other: AlertInfo): number {
  const isFirst = (alert: AlertInfo): number => Number(alert.severity === 'critical');
  return isFirst(other) - isFirst(one) || one.firedAt - other.firedAt;
}
