import { ActiveJob } from '../engine/pump/active-job.ts';
import { endedAttempt } from '../engine/pump/ended-attempt.ts';
import type { EndedAttempt } from '../engine/pump/held-jobs.ts';
import { heldBy } from '../engine/pump/hold-others.ts';
import { lostTooOften } from '../engine/pump/outcome.ts';
import { QueueCore } from '../engine/queue/queue-core.ts';
import { LEASE_MS, LOSS_LIMIT, ORPHAN_INTERVAL_MS } from '../engine/queue/worker-defaults.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import { ScheduleStore } from '../engine/schedules/schedule-store.ts';
import { Scheduler } from '../engine/schedules/scheduler.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { Session } from '../engine/session/session.ts';
import { dueGroups } from '../engine/upkeep/group-watch.ts';
import type { RetentionLimits } from '../engine/upkeep/pruner.ts';
import type { Keyring } from '../keyring.ts';
import type { KitClock } from './kit-clock.ts';

/** What a queue of a kit works with. */
export interface KitQueueDeps {
  client: RedisClient;
  prefix: string;
  clock: KitClock;
  retention: RetentionLimits;
  keyring: Keyring;
}

/** When something comes due in a queue, epoch ms; null for never. */
export interface NextDue {
  /** A delayed job, a retry, a group, what a limit holds back, what a dead worker holds. */
  job: number | null;
  /** The tick of a schedule. */
  tick: number | null;
}

const WORKER = 'testApiary';
/** A time that passes no time: a round is over when nothing moves any more. */
const AT_ONCE = 0;

/** One queue of a kit: the engine's own parts, asked in turn instead of each by its own timer. */
export class KitQueue {
  readonly core: QueueCore;
  readonly #shownAs: () => string;
  readonly #clock: KitClock;
  readonly #session: Session;
  readonly #scheduler: Scheduler;
  readonly #schedules: ScheduleStore;
  readonly #troubles: unknown[] = [];
  #heldBackUntil: number | null = null;
  #deadUntil: number | null = null;
  #lookedAt: number | null = null;

  /** `shownAs` says of which queue its jobs are: of another where it is a shard of that. */
  constructor(
    { name, shownAs }: { name: string; shownAs: () => string },
    { client, prefix, clock, retention, keyring }: KitQueueDeps,
  ) {
    this.#shownAs = shownAs;
    const { keepSucceeded, keepFailed } = retention;
    this.#clock = clock;
    const onError = (): void => undefined;
    this.core = new QueueCore({ name, prefix, client, closesClient: false, clock, onError, keyring });
    // The test is the only one here, so nobody has to be given time to come back.
    const hold = { leaseMs: LEASE_MS, judgesAfterMs: 0, keepSucceeded, keepFailed, publishes: true };
    this.#session = this.core.openSession(hold);
    const { keys } = this.core;
    this.#schedules = new ScheduleStore(client, keys);
    const onTrouble = (error: unknown): void => void this.#troubles.push(error);
    // It is asked, never started, so it listens to nothing.
    const listens = { subscriber: client, channel: keys.schedulesChanged };
    this.#scheduler = new Scheduler({ client, keys, clock, onTrouble, ...listens });
  }

  /** That of which its jobs are. */
  get name(): string {
    return this.#shownAs();
  }

  /**
   * Moves all that is due to waiting: delayed jobs, groups, ticks of schedules, what dead workers held. Resolves with
   * the jobs that were lost too often, which have failed.
   */
  async moveDue(): Promise<readonly EndedAttempt[]> {
    const lost = this.#lookedAt === this.#clock.now() ? [] : await this.#keepLease();
    while ((await this.#scheduler.fireDue()) === AT_ONCE);
    if (this.#troubles.length > 0) throw this.#troubles.splice(0)[0];
    const groups = dueGroups({ client: this.core.client, keys: this.core.keys });
    for (const due of [this.core.store, groups]) while ((await due.promoteDue()).moved > 0);
    return lost;
  }

  /** Takes up to so many of the jobs that may run now. */
  async take(wanted: number): Promise<ActiveJob[]> {
    const { taken, againInMs, state } = await this.#session.exchange([], wanted);
    if (state === 'burnt') {
      this.#session.rejoin();
      return this.take(wanted);
    }
    if (state === 'revoked') return this.take(wanted);
    this.#heldBackUntil = againInMs === null ? null : this.#clock.now() + Math.max(1, againInMs);
    return taken.map((one) => new ActiveJob(this.name, one, this.#session));
  }

  /** Stores how an attempt ended; resolves with null when its claim was gone. */
  async settle(job: ActiveJob, outcome: Outcome, durationMs: number): Promise<EndedAttempt | null> {
    job.end();
    if (!job.isOurs) return null;
    const { keepsSucceeded } = this.#session;
    const ended = endedAttempt(job, outcome, { durationMs, worker: WORKER, keepsSucceeded });
    const held = heldBy(job, outcome);
    if (held) await this.#session.holdBack(job.id, held.key, held.forMs);
    const { fenced } = await this.#session.exchange([ended.args], 0);
    return fenced.includes(job.id) ? null : ended;
  }

  /** Gives jobs back untouched. */
  async release(ids: readonly string[]): Promise<void> {
    await this.#session.release(ids);
  }

  /** Dies: what it held stays claimed until its lease is over. */
  die(): void {
    this.#session.rejoin();
    this.#deadUntil = this.#clock.now() + LEASE_MS + 1;
  }

  /** When the next thing comes due; to be asked when nothing is. */
  async next(): Promise<NextDue> {
    const now = this.#clock.now();
    const groups = dueGroups({ client: this.core.client, keys: this.core.keys });
    const [delayed, grouped, ticks] = await Promise.all([
      this.core.store.promoteDue(),
      groups.promoteDue(),
      this.#schedules.due(1),
    ]);
    const inMs = [delayed.nextInMs, grouped.nextInMs].map((ms) => (ms === null ? null : now + ms));
    const dead = this.#deadUntil !== null && this.#deadUntil > now ? this.#deadUntil : null;
    return { job: earliest([...inMs, this.#heldBackUntil, dead]), tick: ticks.next };
  }

  /** Lets go of its connections. */
  close(): Promise<void> {
    return this.core.close();
  }

  async #keepLease(): Promise<EndedAttempt[]> {
    this.#lookedAt = this.#clock.now();
    const beat = await this.#session.renew([]);
    if (beat.state === 'burnt') {
      this.#session.rejoin();
      await this.#session.renew([]);
    }
    const order = { lossLimit: LOSS_LIMIT, orphanIntervalMs: ORPHAN_INTERVAL_MS };
    const { doomed } = await this.#session.recover(order);
    const ended: EndedAttempt[] = [];
    for (const one of doomed) {
      const job = new ActiveJob(this.name, one, this.#session);
      const settled = await this.settle(job, lostTooOften(LOSS_LIMIT), 0);
      if (settled) ended.push(settled);
    }
    return ended;
  }
}

/** The earliest of some times; null when there is none. */
export function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
