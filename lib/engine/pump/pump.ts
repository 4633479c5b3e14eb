import type { Loop } from '../../loop.ts';
import type { Outcome } from '../record/settlement.ts';
import type { CancelReasons } from '../session/session.ts';
import type { ActiveJob } from './active-job.ts';
import { BoundedWait } from './bounded-wait.ts';
import { beginDuties } from './duties.ts';
import { arrange, grants } from './grants.ts';
import type { Lane } from './lane.ts';
import { LoopWatch } from './loop-watch.ts';
import { unjudged } from './outcome.ts';
import { Pace } from './pace.ts';
import type { PumpDeps, PumpOptions } from './pump-options.ts';
import { type ReadyJob, ReadyJobs } from './ready-jobs.ts';
import { Slots } from './slots.ts';

export type { PumpDeps } from './pump-options.ts';

/** An event loop that stood still for this part of a lease is reported: beats were missed by then. */
const NEAR_END = 1 / 3;
/** How long handlers get after the abort at the end of a shutdown's patience, and then the last settles. */
const LAST_GRACE_MS = 1_000;

/**
 * Keeps up to `concurrency` jobs running from several queues.
 *
 * Everything that changes (an attempt ended, an exchange answered, a wait brought a job) asks for a turn. A turn
 * deals the free slots out among the lanes and starts their exchanges; it never waits. Turns asked for while the
 * same burst of endings goes on fall together, which is what makes the batches.
 *
 * Jobs that were read ahead wait here, claimed and in the order in which they were taken, for the next slot.
 */
export class Pump {
  /** How much runs here. */
  readonly pace: Pace;
  readonly #deps: PumpDeps;
  readonly #lanes: Lane[];
  readonly #options: PumpOptions;
  readonly #slots: Slots;
  /** How many slots are kept free for the jobs that exchanges under way may bring. */
  #reserved = 0;
  #turnAsked = false;
  /** `quieting`: exchanges under way may still bring jobs to run; `quiet`: jobs that come now are given back. */
  #state: 'new' | 'running' | 'quieting' | 'quiet' | 'stopped' = 'new';
  #quieted: Promise<void> | null = null;
  #duties: Loop[] = [];
  readonly #ready: ReadyJobs;
  readonly #loopWatch: LoopWatch | null;
  readonly #wait: BoundedWait;

  constructor(deps: PumpDeps, options: PumpOptions) {
    this.#deps = deps;
    this.#options = options;
    const { clock, onBlocked, onTrouble } = deps;
    const lanes = [...deps.lanes];
    this.#lanes = lanes;
    this.#ready = new ReadyJobs(lanes);
    const { concurrency } = options;
    this.pace = new Pace({ lanes, concurrency, giveBack: () => this.#ready.giveBack(), wake: this.wake });
    this.#wait = new BoundedWait({ clock, wake: this.wake, onTrouble: (error) => onTrouble('stop', error) });
    const leastMs = options.leaseMs * NEAR_END;
    this.#loopWatch = onBlocked
      ? new LoopWatch({ clock, leastMs, running: () => this.runningJobs, onBlocked })
      : null;
    this.#slots = new Slots({
      clock,
      onFree: (job, forMs) => {
        this.#ready.noteEnded();
        this.#loopWatch?.ended(job, forMs);
      },
      onFreeLate: () => {
        this.#startReady();
        this.wake();
      },
    });
  }

  /** How many jobs are running. */
  get running(): number {
    return this.#slots.taken;
  }

  /** Whether it takes jobs as slots are free. */
  get isTaking(): boolean {
    return this.#state === 'running';
  }

  /**
   * The jobs that take slots, in no order: those too whose claims are gone, and whose handlers outlive their attempts;
   * what was read ahead is not.
   */
  get runningJobs(): ActiveJob[] {
    const jobs = this.#lanes.flatMap((lane) => [...lane.running, ...lane.cutOff]);
    return [...jobs.filter((job) => job.isRunning), ...this.#slots.lingering];
  }

  /** Since when nothing has run here (ms of the clock's growing time), or null while something does. */
  get idleSince(): number | null {
    return this.#slots.idleSince;
  }

  /** Starts taking jobs. Harmless twice. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#duties = beginDuties(this.#deps, this.#options);
    if (this.#loopWatch) this.#duties.push(this.#loopWatch.start());
    this.wake();
  }

  /**
   * Serves a queue by these lanes from now on, those among them that it has already; of several that are owed the same
   * the first comes first. False, and nothing is done, unless it takes jobs.
   */
  serve(queue: string, lanes: readonly Lane[]): boolean {
    if (!this.isTaking) return false;
    const added = lanes.filter((lane) => !this.#lanes.includes(lane));
    arrange(this.#lanes, queue, lanes);
    this.#duties.push(...beginDuties({ ...this.#deps, lanes: added }, this.#options));
    if (this.pace.isStill) for (const { wait } of added) void wait.pause();
    this.wake();
    return true;
  }

  /** Tells jobs that were cancelled to stop, those that run here, and why. */
  cancel(queue: string, ids: readonly string[], reasons: CancelReasons): void {
    for (const lane of this.#lanes) if (lane.queue === queue) lane.cancel(ids, reasons);
  }

  /** Asks for a turn soon. */
  readonly wake = (): void => {
    if (this.#turnAsked) return;
    this.#turnAsked = true;
    setImmediate(() => {
      this.#turnAsked = false;
      this.#turn();
    });
  };

  /**
   * Takes no more jobs, for good: what has not begun goes back, what runs goes on, and so do the leases and the look
   * for dead workers. Resolves when all is back, which may take as long as Redis is away; never rejects. Harmless
   * twice; does nothing unless the pump is running.
   */
  quiet(): Promise<void> {
    if (this.#state === 'running') this.#quieted = this.#quiet();
    return this.#quieted ?? Promise.resolve();
  }

  /**
   * Ends in order: takes nothing more, lets the running jobs end for `patienceMs`, aborts the rest, gives back
   * untouched what even then has not ended, settles and leaves. Bounded by `patienceMs` and a few seconds.
   */
  async stop(patienceMs: number): Promise<void> {
    if (this.#state === 'stopped') return;
    const hasRun = this.#state !== 'new';
    const { clock } = this.#deps;
    const lanes = this.#lanes;
    const patient = clock.elapsed() + patienceMs;
    if (hasRun) {
      const quieted = this.quiet();
      await this.#wait.until(() => this.#state === 'quiet', 2 * LAST_GRACE_MS);
      await this.#wait.until(() => this.#slots.taken === 0, patienceMs);
      for (const lane of lanes) for (const job of lane.running) job.abort('shutdown');
      await this.#wait.until(() => this.#slots.taken === 0, LAST_GRACE_MS);
      await this.#wait.within(
        LAST_GRACE_MS,
        Promise.all([quieted, ...lanes.map((lane) => lane.release(lane.running))]),
      );
      await this.#wait.until(() => lanes.every((lane) => lane.isSettled), LAST_GRACE_MS);
      // What has ended and is not stored would be done again.
      await this.#wait.until(() => !lanes.some((lane) => lane.owesEnds), patient - clock.elapsed());
    }
    await this.#leave(hasRun);
  }

  /**
   * Ends at once, because the process is about to: gives back untouched all that has not ended, tells it to stop,
   * settles what has and leaves. Bounded by a few seconds.
   */
  async abandon(): Promise<void> {
    if (this.#state === 'new' || this.#state === 'stopped') return;
    const lanes = this.#lanes;
    this.#state = 'quiet';
    this.#ready.drop();
    const running = this.runningJobs;
    const givenBack = lanes.flatMap((lane) => [lane.release(lane.running), lane.stopTaking()]);
    for (const job of running) job.abort('shutdown');
    await this.#wait.within(LAST_GRACE_MS, Promise.all(givenBack));
    await this.#wait.until(() => lanes.every((lane) => lane.isSettled), LAST_GRACE_MS);
    await this.#leave(true);
  }

  async #leave(hasRun: boolean): Promise<void> {
    const lanes = this.#lanes;
    this.#state = 'stopped';
    await this.#wait.within(LAST_GRACE_MS, Promise.all(this.#duties.map((duty) => duty.stop())));
    if (hasRun) await this.#wait.within(LAST_GRACE_MS, Promise.all(lanes.map((lane) => lane.leave())));
  }

  async #quiet(): Promise<void> {
    this.#state = 'quieting';
    const taking = this.#lanes.map((lane) => lane.stopTaking());
    // What is given back goes in order only all at once. While Redis is away the answers may be long in coming.
    await this.#wait.until(() => this.#reserved === 0, LAST_GRACE_MS);
    this.#state = 'quiet';
    await Promise.all([...taking, ...this.#ready.giveBack()]);
  }

  #turn(): void {
    const granted = this.#grants();
    for (const [index, lane] of this.#lanes.entries()) {
      const wanted = granted[index] ?? 0;
      if (wanted > 0 || lane.hasEnded) this.#exchange(lane, wanted);
    }
  }

  /** Whether jobs that come now are given back. */
  get #isOver(): boolean {
    return this.#state === 'quiet' || this.#state === 'stopped';
  }

  #grants(): number[] {
    if (this.#state !== 'running' || this.#free <= 0) return [];
    return grants(this.#free, this.#lanes, this.#options.strict);
  }

  get #free(): number {
    const { isStill, slots, wanted } = this.pace;
    const ahead = this.#lanes.reduce((sum, lane) => sum + lane.ahead, 0);
    const most = Math.min(slots + ahead - this.#slots.taken, wanted);
    return isStill ? 0 : most - this.#ready.size - this.#reserved;
  }

  #exchange(lane: Lane, wanted: number): void {
    this.#reserved += wanted;
    // Neither exchange nor run ever rejects, so nobody has to wait for this chain.
    lane.exchange(wanted).then((jobs) => {
      this.#reserved -= wanted;
      // Nobody would wait for a job that comes so late, nor keep its lease.
      if (this.#isOver || this.pace.isStill) return lane.release(jobs);
      this.#ready.add(lane, jobs);
      // Redis works on the next exchange while these jobs run.
      this.#turn();
      this.#startReady();
      return undefined;
    });
  }

  /** Runs what a wait of a lane has brought, as far as there are slots; gives the rest back. */
  async brought(lane: Lane, jobs: readonly ActiveJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const slots = this.#isOver ? 0 : Math.max(0, this.#free);
    this.#ready.add(lane, jobs.slice(0, slots));
    this.#startReady();
    if (jobs.length > slots) await lane.release(jobs.slice(slots));
  }

  #startReady(): void {
    while (this.#state === 'running' && this.#slots.taken < this.pace.slots) {
      if (this.#ready.size === 0) return;
      // Each look at the clock costs.
      const now = this.#deps.clock.elapsed();
      const next = this.#ready.next(now);
      if (next) this.#start(next, now);
    }
    if (this.#state === 'running') this.#ready.watch();
  }

  #start(begun: ReadyJob, startedAt: number): void {
    const { run } = this.#deps;
    this.#slots.take();
    this.pace.began();
    begun.job.begin(startedAt);
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = run(begun.job);
    } catch (thrown) {
      outcome = unjudged(begun.job.record.options, thrown);
    }
    if (outcome instanceof Promise)
      outcome.then(
        (later) => this.#endLater(begun, startedAt, later),
        (thrown) => this.#endLater(begun, startedAt, unjudged(begun.job.record.options, thrown)),
      );
    else this.#end(begun, startedAt, outcome);
  }

  #endLater(begun: ReadyJob, startedAt: number, outcome: Outcome): void {
    this.#end(begun, startedAt, outcome);
    this.#startReady();
  }

  #end({ lane, job }: ReadyJob, startedAt: number, outcome: Outcome): void {
    const endedAt = this.#deps.clock.elapsed();
    this.#slots.ended(job, startedAt, endedAt);
    lane.end(job, outcome, Math.round(endedAt - startedAt));
    this.wake();
  }
}
