import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { every, type Loop } from '../loop.ts';
import { type Balanced, balance } from '../shards/balance.ts';
import type { ShardPlace } from '../shards/shard-field.ts';
import type { Reporter } from './report.ts';

/** What sharing limits out works with. */
export interface LimitBalanceDeps {
  place: ShardPlace;
  clock: Clock;
  report: Pick<Reporter, 'troubled'>;
}

/** How often it is looked whose turn has come. */
const TICK_MS = 250;
/** How long whoever shares the limits of a queue out waits until it does so again. */
const AGAIN_MS = 1_000;
/** How long the others wait until they look whether it has died. */
const OTHERS_MS = 2_500;

/**
 * Shares the limits of queues with shards out among these, again and again, as long as no other worker does. A worker
 * without such queues has no timer for it.
 */
export class LimitBalance {
  readonly #deps: LimitBalanceDeps;
  readonly #holder = randomUUID();
  /** By queue when it is its turn, in ms of the clock's growing time. */
  readonly #due = new Map<string, number>();
  /** By queue the number of a later turn that a shard knew. */
  readonly #above = new Map<string, number>();
  #loop: Loop | null = null;
  #isStopped = false;

  constructor(deps: LimitBalanceDeps) {
    this.#deps = deps;
  }

  /** Shares the limits of a queue out from now on. Harmless twice. */
  follow(queue: string): void {
    const { clock, report } = this.#deps;
    if (this.#isStopped || this.#due.has(queue)) return;
    this.#due.set(queue, clock.elapsed());
    this.#loop ??= every({
      intervalMs: TICK_MS,
      clock,
      runOnce: () => this.#tick(),
      onError: (error) => report.troubled(null, 'balance', error),
    });
  }

  /** Begins no more turns; resolves when one that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop?.stop();
  }

  async #tick(): Promise<void> {
    const { clock } = this.#deps;
    const due = [...this.#due].filter(([, at]) => at <= clock.elapsed());
    await Promise.all(due.map(([queue]) => this.#turn(queue)));
  }

  async #turn(queue: string): Promise<void> {
    const { place, clock, report } = this.#deps;
    let waitMs = OTHERS_MS;
    try {
      const above = this.#above.get(queue) ?? 0;
      const done = await balance(place, { queue, holder: this.#holder, above });
      if (done.kind === 'overtaken') this.#above.set(queue, done.turn);
      if (done.kind === 'done' && done.away !== null) report.troubled(queue, 'balance', done.away);
      waitMs = waitAfter(done);
    } catch (error) {
      report.troubled(queue, 'balance', error);
    }
    this.#due.set(queue, clock.elapsed() + waitMs);
  }
}

/** Where more is to be moved than was free, it may be free at the next tick. */
function waitAfter(done: Balanced): number {
  if (done.kind !== 'done') return OTHERS_MS;
  return done.owes ? 0 : AGAIN_MS;
}
