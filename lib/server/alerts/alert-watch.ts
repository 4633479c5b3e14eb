import { randomUUID } from 'node:crypto';
import { alertRule, isAlertRule } from '../../alert-rules.ts';
import type { AlertRuleSetting } from '../../alert-settings.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { coerceError } from '../../errors.ts';
import type {
  AlertState,
  Inspector,
  NewKinds,
  StoredAlert,
  StoredMessage,
} from '../../inspector/inspector.ts';
import type { Logger } from '../../logger.ts';
import { every, type Loop } from '../../loop.ts';
import { isQuiet, type QuietHours } from '../../quiet-hours.ts';
import { Repeats } from '../../repeats.ts';
import { decideAlerts, firstState, keyOf } from './decide-alerts.ts';
import { lookForAlerts } from './look-for-alerts.ts';
import { planMessages } from './plan-messages.ts';

/** What watching works with. */
export interface AlertWatchDeps {
  inspector: Inspector;
  /** Has a message sent, once however often it is called with the same id. */
  send(message: StoredMessage): Promise<void>;
  rules: readonly AlertRuleSetting[];
  quietHours: QuietHours | null;
  /** Of the keys in Redis, by which a message says from where it comes. */
  prefix: string;
  log: Logger;
  clock?: Clock;
  /** Default 15 seconds. */
  intervalMs?: number;
}

const INTERVAL_MS = 15_000;
/** For how long one process looks for all; another takes over when it says nothing for so long. */
const LEASE_MS = 60_000;
const MOST_LOGGED = 20;

/**
 * Looks now and then, of all processes one at a time, and has somebody told of what is wrong. What is to be told is
 * stored before it is sent, so that it is sent once, whoever dies in between.
 */
export class AlertWatch {
  readonly #deps: AlertWatchDeps & { clock: Clock; intervalMs: number };
  readonly #holder: string = randomUUID();
  readonly #repeats: Repeats;
  readonly #loop: Loop;

  constructor(deps: AlertWatchDeps) {
    const { clock = systemClock, intervalMs = INTERVAL_MS } = deps;
    this.#deps = { ...deps, clock, intervalMs };
    this.#repeats = new Repeats(clock);
    const onError = (error: unknown): void => this.#tellOnce('it cannot be looked for alerts', error);
    this.#loop = every({ intervalMs, runOnce: () => this.#turn(), onError, clock });
  }

  /** Ends it after a turn that is under way, and lets another process go on at once. Harmless twice. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    // Where Redis is away, the lease ends by itself.
    await this.#deps.inspector.alerts.store.release(this.#holder).catch(() => undefined);
  }

  async #turn(): Promise<void> {
    const { inspector, rules, quietHours, prefix, intervalMs } = this.#deps;
    const { store } = inspector.alerts;
    const now = await store.now();
    if (!(await store.hold(this.#holder, { now, forMs: Math.max(LEASE_MS, 4 * intervalMs) }))) return;
    const before = await store.read();
    const stored = before.state ?? firstState(now);
    // A clock that was set back must not hide what comes until that time.
    const known = { ...stored, startedAt: Math.min(stored.startedAt, now) };
    const { startedAt, next } = known;
    // Those before are sent first: nothing new is planned while they are there.
    const sending = (await this.#sendAll(known.sending)) ? [] : known.sending;
    const { look, kinds } = await lookForAlerts(inspector, { rules, now, startedAt, next, intervalMs });
    const decided = decideAlerts({ ...known, sending }, look);
    const after = planMessages(decided, { now, isQuiet: isQuiet(quietHours, now), prefix });
    const changed = await store.change(before, after);
    // Another process has gone on meanwhile.
    if (changed === null) return;
    this.#logChanges(known, decided);
    await this.#noteKinds(kinds, now);
    if (after.sending.length > 0 && (await this.#sendAll(after.sending)))
      await store.change(changed, { ...after, sending: [] });
  }

  async #sendAll(messages: readonly StoredMessage[]): Promise<boolean> {
    try {
      for (const message of messages) await this.#deps.send(message);
      return true;
    } catch (error) {
      this.#tellOnce('alerts cannot be sent; it is tried again', error);
      return false;
    }
  }

  /** Once they are in the state: whoever dies before finds them again, and there they are one and the same. */
  async #noteKinds(kinds: ReadonlyMap<string, NewKinds>, now: number): Promise<void> {
    const { inspector } = this.#deps;
    const note = async (queue: string): Promise<void> => {
      const found = kinds.get(queue);
      if (found) await inspector.alerts.noteKinds(queue, found, now);
    };
    await inspector.eachQueue([...kinds.keys()], note);
  }

  #logChanges(before: AlertState, { alerts }: AlertState): void {
    const { log } = this.#deps;
    const fired = new Set(before.alerts.filter(isFiring).map(keyOf));
    const fires = alerts.filter((one) => isFiring(one) && !fired.has(keyOf(one)));
    for (const one of fires.slice(0, MOST_LOGGED)) log.warn('an alert fires', factsOf(one));
    if (fires.length > MOST_LOGGED) log.warn('more alerts fire', { count: fires.length - MOST_LOGGED });
  }

  #tellOnce(what: string, error: unknown): void {
    const err = coerceError(error);
    const repeated = this.#repeats.untold(`${what} ${err.message}`);
    if (repeated !== null) this.#deps.log.warn(what, { err, repeated });
  }
}

function isFiring({ firedAt, endedAt }: StoredAlert): boolean {
  return firedAt !== null && endedAt === null;
}

function factsOf({ rule, queue, subject, summary, detail }: StoredAlert): Record<string, unknown> {
  const severity = isAlertRule(rule) ? alertRule(rule).severity : null;
  return { rule, severity, queue, subject, summary, detail };
}
