import type { Clock } from '../clock.ts';
import type { BulkRunStore, ReadBulkRun, StoredBulkRun } from '../engine/repairs/bulk-run-store.ts';
import type { PaceStep } from '../engine/repairs/find.ts';

/** How long a run is its holder's after it was last heard of. */
export const RUN_LEASE_MS = 15_000;
/** How many jobs that were left alone it names. */
export const MOST_LEFT = 20;
/** How long a run goes on before it is told how far it is. */
const TOLD_MS = 300;

/** Why a run is not gone on with here: it is somebody else's or gone, was to stop, or its holder ends. */
export class RunEnds extends Error {
  readonly why: 'lost' | 'stopped' | 'left';

  constructor(why: 'lost' | 'stopped' | 'left') {
    super(`the run is ${why}`);
    this.why = why;
  }
}

/** How far a run is. */
export type RunProgress = Pick<
  StoredBulkRun,
  'total' | 'looked' | 'matched' | 'done' | 'left' | 'passed' | 'shard'
>;

/** What holding a run works with. */
export interface HeldRunDeps {
  store: BulkRunStore;
  clock: Clock;
  holder: string;
  /** Aborted when whoever holds it is to end. */
  ending: AbortSignal;
}

/**
 * A run in the hands of who works on it: counts what happens, and tells Redis now and then, which renews the lease. It
 * learns in this way that the run is to stop, or is somebody else's by now.
 */
export class HeldRun {
  readonly #deps: HeldRunDeps;
  #read: ReadBulkRun;
  #toldAt: number;
  /** What is counted; not yet all told. */
  readonly progress: RunProgress;

  constructor(deps: HeldRunDeps, read: ReadBulkRun) {
    this.#deps = deps;
    this.#read = read;
    this.#toldAt = deps.clock.elapsed();
    const { total, looked, matched, done, left, passed, shard } = read.run;
    this.progress = { total, looked, matched, done, left: [...left], passed, ...(shard && { shard }) };
  }

  /** As it was when it was last read. */
  get run(): StoredBulkRun {
    return this.#read.run;
  }

  /** Adds what a small step did; rejects with {@link RunEnds} where the run is not to go on here. */
  async step({ looked, matched, done, passed, left = [] }: PaceStep): Promise<void> {
    this.progress.left.push(...left.slice(0, MOST_LEFT - this.progress.left.length));
    this.progress.looked += looked;
    this.progress.matched += matched;
    this.progress.done += done;
    this.progress.passed = passed ?? this.progress.passed;
    if (this.#deps.ending.aborted) throw new RunEnds('left');
    if (this.#deps.clock.elapsed() - this.#toldAt < TOLD_MS) return;
    await this.tell();
    if (this.run.stoppedBy !== null) throw new RunEnds('stopped');
  }

  /** Tells Redis how far it is, and what else has changed; rejects with {@link RunEnds} where it is not ours. */
  async tell(changes: Partial<StoredBulkRun> = {}): Promise<void> {
    const { store, clock, holder } = this.#deps;
    for (;;) {
      const leaseUntil = (await store.now()) + RUN_LEASE_MS;
      const next = { ...this.progress, holder, leaseUntil, ...changes };
      const changed = await store.change(this.#read, next);
      if (changed !== null) {
        this.#read = changed;
        this.#toldAt = clock.elapsed();
        return;
      }
      const read = await store.read(this.run.id);
      if (read?.run.holder !== holder || read.run.endedAt !== null) throw new RunEnds('lost');
      this.#read = read;
    }
  }
}
