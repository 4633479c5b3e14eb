import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import type { ReadBulkRun } from '../engine/repairs/bulk-run-store.ts';
import { ApiaryError, coerceError, isPassing } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { every, type Loop } from '../loop.ts';
import { Repeats } from '../repeats.ts';
import { noteThere } from './audited.ts';
import { toBulkRunInfo } from './bulk-run-info.ts';
import { BULK_RUN_ENDS } from './bulk-run-operations.ts';
import { HeldRun, RUN_LEASE_MS, RunEnds } from './held-run.ts';
import type { Inspector } from './inspector.ts';
import { workOnRun } from './work-on-run.ts';

/** What works on runs is made of. */
export interface BulkRunnerDeps {
  inspector: Inspector;
  log: Logger;
  clock?: Clock;
}

const LOOK_MS = 1_000;
/** How many runs go on here at once: the others wait, here or with another monitor. */
const MOST_AT_ONCE = 4;

/**
 * Works on the runs that wait, and on those whose holder has died: it looks once a second. Each is held by a lease,
 * goes in small steps, and goes on where it was after Redis was away.
 */
export class BulkRunner {
  readonly #inspector: Inspector;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #holder: string = randomUUID();
  readonly #going = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();
  readonly #repeats: Repeats;
  readonly #loop: Loop;

  constructor({ inspector, log, clock = systemClock }: BulkRunnerDeps) {
    this.#inspector = inspector;
    this.#log = log;
    this.#clock = clock;
    this.#repeats = new Repeats(clock);
    const onError = (error: unknown): void => this.#tellOnce('runs cannot be looked at', error);
    this.#loop = every({ intervalMs: LOOK_MS, runOnce: () => this.#look(), onError, clock });
  }

  /** Takes no more runs, and gives those under way back after their next small step. Harmless twice. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#loop.stop();
    await Promise.all(this.#going.values());
  }

  async #look(): Promise<void> {
    const { store } = this.#inspector.bulkRuns;
    // One that a later version has asked for waits for a monitor of that.
    const known = (await store.list()).filter(({ run }) => toBulkRunInfo(run) !== null);
    const open = known.filter(({ run }) => run.endedAt === null).reverse();
    if (open.length === 0) return;
    const now = await store.now();
    for (const read of open) {
      const { id, holder, leaseUntil } = read.run;
      if (this.#going.size >= MOST_AT_ONCE || this.#ending.signal.aborted) return;
      const isFree = holder === null || holder === this.#holder || leaseUntil < now;
      if (this.#going.has(id)) continue;
      if (!isFree) {
        // It was written before the clock of Redis was set back: a holder that lives writes another.
        if (leaseUntil > now + RUN_LEASE_MS) await store.change(read, { leaseUntil: now + RUN_LEASE_MS });
        continue;
      }
      const held = await store.change(read, { holder: this.#holder, leaseUntil: now + RUN_LEASE_MS });
      if (held !== null) this.#begin(held);
    }
  }

  #begin(read: ReadBulkRun): void {
    const { id } = read.run;
    const { store } = this.#inspector.bulkRuns;
    const deps = { store, clock: this.#clock, holder: this.#holder, ending: this.#ending.signal };
    const work = this.#work(new HeldRun(deps, read))
      .catch((error: unknown) => this.#tellOnce(`run ${id} cannot go on`, error))
      .finally(() => this.#going.delete(id));
    this.#going.set(id, work);
  }

  /** What passes is waited for, with what was counted so far in mind. */
  async #work(held: HeldRun): Promise<void> {
    for (;;) {
      try {
        return await this.#goOn(held);
      } catch (error) {
        if (error instanceof RunEnds && error.why === 'lost') return;
        if (!isPassing(error) || this.#ending.signal.aborted) throw error;
        this.#tellOnce(`run ${held.run.id} waits`, error);
        await this.#clock.sleep(LOOK_MS, this.#ending.signal);
      }
    }
  }

  async #goOn(held: HeldRun): Promise<void> {
    try {
      if (held.run.stoppedBy === null) await workOnRun(this.#inspector, held);
      await this.#end(held, null);
    } catch (error) {
      if (error instanceof RunEnds && error.why === 'left') return held.tell({ holder: null, leaseUntil: 0 });
      if (error instanceof RunEnds && error.why === 'stopped') return this.#end(held, null);
      if (error instanceof RunEnds || isPassing(error)) throw error;
      await this.#end(held, coerceError(error).message);
    }
  }

  async #end(held: HeldRun, error: string | null): Promise<void> {
    await held.tell({ endedAt: await this.#inspector.bulkRuns.store.now(), holder: null, error });
    await this.#note(held, error);
  }

  async #note(held: HeldRun, error: string | null): Promise<void> {
    const { id, by, queue, operation, dryRun, stoppedBy, to } = held.run;
    const { matched, done } = held.progress;
    const what = dryRun ? `${matched} jobs counted` : `${operation}: done to ${done} of ${matched} jobs`;
    const how = error ?? (stoppedBy === null ? null : `stopped by ${stoppedBy}`);
    const detail = how === null ? what : `${what}; ${how}`;
    const outcome = error === null ? 'done' : 'failed';
    this.#log.info('a run has ended', { run: id, by, queue, outcome, detail });
    const note = { by, through: 'monitor', action: BULK_RUN_ENDS, queue, id, outcome, detail } as const;
    for (const one of to === undefined || dryRun ? [note] : [note, noteThere(note, to)])
      await this.#inspector.audit
        .record(one)
        .catch((cause: unknown) => this.#tellOnce(`the end of run ${id} is not in the audit stream`, cause));
  }

  #tellOnce(what: string, error: unknown): void {
    const err = coerceError(error);
    // What is said of a Redis that is away differs from try to try.
    const cause = err instanceof ApiaryError && isPassing(err) ? err.code : err.message;
    const repeated = this.#repeats.untold(`${what} ${cause}`);
    if (repeated !== null) this.#log.warn(what, { err, repeated });
  }
}
