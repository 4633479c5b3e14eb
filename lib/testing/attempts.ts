import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import { ApiaryError } from '../errors.ts';
import { findHandler, type RunDeps, runJob } from '../worker/run-job.ts';
import { addressOf, type EndedOnce, type JobAddress, type JobReport, reportOf } from './job-report.ts';
import type { KitClock } from './kit-clock.ts';
import type { KitQueue } from './kit-queue.ts';

/** What running attempts works with. */
export interface AttemptsDeps {
  clock: KitClock;
  running: RunDeps;
  /** Called after each attempt, before its end is stored. */
  onEnding: () => Promise<void>;
}

/** The attempt that is under way. */
interface UnderWay {
  queue: KitQueue;
  job: ActiveJob;
  added: JobAddress[];
  die: (end: 'killed') => void;
}

/** Runs attempts one after the other, by the worker's own steps, and keeps what came of each job. */
export class Attempts {
  readonly #deps: AttemptsDeps;
  #underWay: UnderWay | null = null;

  constructor(deps: AttemptsDeps) {
    this.#deps = deps;
  }

  /** Takes note of a job that was added: by the attempt that is under way, if one is. */
  added({ id, queue, type }: JobAddress): void {
    this.#underWay?.added.push({ id, queue, type });
  }

  /**
   * Runs one attempt and stores its end. Rejects when there is no handler for it, or it does not end within so many
   * real ms.
   */
  async run(
    { queue, job }: { queue: KitQueue; job: ActiveJob },
    reports: Map<string, JobReport>,
    limitMs: number,
  ): Promise<void> {
    await this.#requireHandler(queue, job);
    const ended = await this.#perform({ queue, job }, limitMs);
    this.tell({ job, ...ended }, reports);
  }

  /** Tells of an attempt that has ended. */
  tell({ job, outcome, added }: Omit<EndedOnce, 'at'>, reports: Map<string, JobReport>): void {
    const key = `${job.queue}:${job.id}`;
    const at = this.#deps.clock.now();
    reports.set(key, reportOf({ job, outcome, added, at }, reports.get(key)));
  }

  /** Tells a job that was cancelled to stop, if it is the one that is under way. */
  cancel(queue: string, id: string, reason: string | null): void {
    const job = this.#underWay?.job;
    if (job?.queue === queue && job.id === id) job.cancel(reason);
  }

  /** Lets the worker die that runs the attempt which is under way. Throws where none is. */
  kill(): void {
    const { queue, job, die } = this.#require('killWorker');
    queue.die();
    job.abort('lost');
    die('killed');
  }

  /**
   * Takes the claim on the job away that is under way; it goes back to waiting. Throws where another one is, or none.
   */
  async loseClaim({ id }: { id: string }): Promise<void> {
    const { queue, job } = this.#require('loseClaim');
    if (job.id !== id) throw wrong(`loseClaim: job ${id} is not running; ${job.id} is`);
    await queue.release([id]);
    job.abort('lost');
  }

  async #perform(
    { queue, job }: { queue: KitQueue; job: ActiveJob },
    limitMs: number,
  ): Promise<{ outcome: Outcome | 'fenced' | 'killed'; added: readonly JobAddress[] }> {
    const { clock, running, onEnding } = this.#deps;
    const added: JobAddress[] = [];
    const begunAt = clock.elapsed();
    job.begin(begunAt);
    const death = new Promise<'killed'>((die) => {
      this.#underWay = { queue, job, added, die };
    });
    const outcome = await within<Outcome | 'killed'>(limitMs, [death, runJob(job, running)]).finally(() => {
      this.#underWay = null;
    });
    await onEnding();
    if (outcome === 'killed') return { outcome, added };
    if (outcome === 'endless') {
      job.abort('lost');
      await queue.release([job.id]);
      throw endless(job, limitMs);
    }
    const ended = await queue.settle(job, outcome, Math.round(clock.elapsed() - begunAt));
    if (!ended) return { outcome: 'fenced', added };
    return { outcome: ended.outcome, added: [...added, ...(ended.args[5]?.jobs ?? []).map(addressOf)] };
  }

  async #requireHandler(queue: KitQueue, job: ActiveJob): Promise<void> {
    const { handlers } = this.#deps.running;
    if (!job.readable || findHandler(job, handlers)) return;
    await queue.release([job.id]);
    const known = [...handlers.keys()].join(', ') || 'none';
    const what = `job ${job.id} of type ${job.type} in queue ${job.queue} is due, and no handler is for it`;
    throw new ApiaryError(
      'HANDLER_INVALID',
      `drain: ${what}; add handle(…) for ${job.type} to the handlers of testApiary, which are: ${known}`,
    );
  }

  #require(fault: string): UnderWay {
    if (this.#underWay) return this.#underWay;
    throw wrong(`${fault}: no job is running; call it within a handler, while drain() or runDue() runs that`);
  }
}

/** Resolves with the first of some ends, or with `endless` after so many real ms. */
async function within<T>(limitMs: number, ends: readonly (T | Promise<T>)[]): Promise<T | 'endless'> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'endless'>((resolve) => {
    timer = setTimeout(() => resolve('endless'), limitMs);
  });
  return Promise.race([...ends, limit]).finally(() => clearTimeout(timer));
}

function endless(job: ActiveJob, limitMs: number): ApiaryError {
  const which = `the handler of job ${job.id} of type ${job.type} in queue ${job.queue}`;
  const hint =
    'let it end, or give drain a longer limit by handlerMs; time does not pass by itself under the kit';
  return new ApiaryError('WAIT_TIMED_OUT', `drain: ${which} has not ended within ${limitMs} ms: ${hint}`);
}

function wrong(message: string): ApiaryError {
  return new ApiaryError('JOB_STATE_FORBIDS', message);
}
