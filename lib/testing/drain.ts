import type { ActiveJob } from '../engine/pump/active-job.ts';
import { ApiaryError } from '../errors.ts';
import type { Attempts } from './attempts.ts';
import { type Duration, readDuration } from './duration.ts';
import type { JobReport } from './job-report.ts';
import type { KitClock } from './kit-clock.ts';
import { earliest, type KitQueue } from './kit-queue.ts';
import type { KitQueues } from './kit-queues.ts';

/** How far a drain goes. */
export interface DrainOptions {
  /** Goes on through delays and retries, moving the time to each; schedules fire on the way. Default false. */
  withDelayed?: boolean;
  /** Lives through so much time, moving it on from one thing that comes due to the next. Default none of it. */
  for?: Duration;
  /** How long one handler may take, in real ms; default 5,000. */
  handlerMs?: number;
  /** How many attempts it makes at most, as jobs may make each other without end; default 10,000. */
  mostAttempts?: number;
}

/** What draining works with. */
export interface DrainDeps {
  clock: KitClock;
  queues: KitQueues;
  attempts: Attempts;
  moveTo: (time: number) => Promise<void>;
  /** Declares the schedules, and says again that somebody stands behind them. */
  declare: () => Promise<void>;
}

const DEFAULT_LIMITS: RunLimits = { handlerMs: 5_000, mostAttempts: 10_000 };
/** How many one queue hands out at once, where a pass takes all that is due. */
const BATCH = 1_000;

/** What ends a drain that would not end by itself. */
export type RunLimits = Required<Pick<DrainOptions, 'handlerMs' | 'mostAttempts'>>;

/** Runs what is due in this process, one job at a time. */
export class Drain {
  readonly #deps: DrainDeps;
  #underWay: Promise<unknown> | null = null;

  constructor(deps: DrainDeps) {
    this.#deps = deps;
  }

  /** Runs all that is due until nothing is; with the options on from there. */
  drain({ withDelayed = false, for: span, ...limits }: DrainOptions): Promise<JobReport[]> {
    const { clock } = this.#deps;
    const until = span === undefined ? null : clock.now() + readDuration('drain: for', span);
    return this.#exclusively(limits, async (run) => {
      await run.untilQuiet();
      for (;;) {
        const { job, tick } = await this.#deps.queues.next();
        const next = earliest([job, tick]);
        const ends = until === null ? !withDelayed || job === null : next === null || next > until;
        if (ends || next === null) break;
        await this.#moveOn(next);
        await run.untilQuiet();
      }
      if (until === null || until === clock.now()) return;
      await this.#moveOn(until);
      await run.untilQuiet();
    });
  }

  /** Runs what is due now, once: what those jobs add or have to try again waits. */
  runDue(limits: Partial<RunLimits>): Promise<JobReport[]> {
    return this.#exclusively(limits, (run) => run.pass(BATCH));
  }

  /** Resolves when none is under way. */
  async ended(): Promise<void> {
    await this.#underWay?.catch(() => undefined);
  }

  /** Time never stands still between two things that come due, so that a drain gets on. */
  async #moveOn(time: number): Promise<void> {
    await this.#deps.moveTo(Math.max(time, this.#deps.clock.now() + 1));
  }

  async #exclusively(limits: Partial<RunLimits>, act: (run: Run) => Promise<unknown>): Promise<JobReport[]> {
    if (this.#underWay)
      throw new ApiaryError(
        'JOB_STATE_FORBIDS',
        'drain: another drain() or runDue() of this kit is under way; await it first',
      );
    const run = new Run(this.#deps, { ...DEFAULT_LIMITS, ...limits });
    this.#underWay = act(run);
    try {
      await this.#underWay;
      return run.reports;
    } finally {
      this.#underWay = null;
    }
  }
}

/** One drain, and what it did. */
class Run {
  readonly #deps: DrainDeps;
  readonly #limits: RunLimits;
  readonly #reports = new Map<string, JobReport>();
  #attempts = 0;

  constructor(deps: DrainDeps, limits: RunLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** What happened to each job, in the order in which they first ran. */
  get reports(): JobReport[] {
    return [...this.#reports.values()];
  }

  /** Runs until nothing is due. */
  async untilQuiet(): Promise<void> {
    const { queues, declare } = this.#deps;
    await declare();
    do while (await this.pass(1));
    while (await queues.discover());
    await queues.keepHouse();
  }

  /** Runs up to so many jobs of each queue; resolves with whether there were any. */
  async pass(most: number): Promise<boolean> {
    const { queues } = this.#deps;
    if (most > 1) {
      await this.#deps.declare();
      await queues.discover();
    }
    const due: { queue: KitQueue; job: ActiveJob }[] = [];
    let ran = false;
    for (const queue of queues.all) {
      for (const lost of await queue.moveDue())
        this.#deps.attempts.tell({ ...lost, added: [] }, this.#reports);
      const taken = (await queue.take(most)).map((job) => ({ queue, job }));
      ran ||= taken.length > 0;
      if (most === 1) await this.#runEach(taken);
      else due.push(...taken);
    }
    await this.#runEach(due);
    return ran;
  }

  async #runEach(due: readonly { queue: KitQueue; job: ActiveJob }[]): Promise<void> {
    for (const one of due) {
      // The worker that took it may have died over another one.
      if (!one.job.isOurs) continue;
      if (this.#attempts++ === this.#limits.mostAttempts) throw tooMany(one.job, this.#limits);
      await this.#deps.attempts.run(one, this.#reports, this.#limits.handlerMs);
    }
  }
}

function tooMany({ type, queue }: ActiveJob, { mostAttempts }: RunLimits): ApiaryError {
  const last = `the last was of type ${type} in queue ${queue}`;
  const hint = 'jobs that add each other, or are tried again, without end';
  return new ApiaryError('WAIT_TIMED_OUT', `drain: ${mostAttempts} attempts and no end; ${last}: ${hint}`);
}
