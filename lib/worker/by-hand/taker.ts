import type { Clock } from '../../clock.ts';
import type { ActiveJob } from '../../engine/pump/active-job.ts';
import type { LaneHooks } from '../../engine/pump/lane-hooks.ts';
import type { Pace } from '../../engine/pump/pace.ts';
import type { Outcome } from '../../engine/record/settlement.ts';
import { ApiaryError, RetryLater } from '../../errors.ts';
import type { BoundHandler, JobContext } from '../../jobs/define.ts';
import { TakenJob } from './taken-job.ts';

/** A job that is held by hand, as whoever waits for its end sees it. */
interface Hold {
  ended: Promise<Outcome | null>;
  tell: (outcome: Outcome | null) => void;
}

/** A call of `take` that waits for jobs. */
interface Request {
  give(job: TakenJob): void;
  finish(): void;
}

/**
 * Hands jobs over to whoever asks for them: each is an attempt whose handler waits to be told how it has ended. No more
 * are claimed than are asked for.
 */
export class Taker {
  readonly #clock: Clock;
  readonly #holds = new WeakMap<ActiveJob, Hold>();
  /** Jobs that have begun and are not handed over yet, by their names. */
  readonly #begun = new Map<string, Hold>();
  /** What came when nobody asked any more, as a schema took its time. */
  #spare: { job: TakenJob; giveBack: () => void }[] = [];
  #pace: Pace | null = null;
  #request: Request | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins to take as many as are asked for, of a pump that has not started. */
  open(pace: Pace): void {
    this.#pace = pace;
    void pace.want(0);
  }

  /** Lets the jobs of a type be handed over. */
  bind(handler: BoundHandler): BoundHandler {
    return { ...handler, run: (data, ctx) => this.#hold(data, ctx) };
  }

  /** Takes note that an attempt begins. */
  begins(job: ActiveJob): void {
    const { promise: ended, resolve: tell } = deferred<Outcome | null>();
    const hold = { ended, tell };
    this.#holds.set(job, hold);
    this.#begun.set(nameOf(job), hold);
  }

  /** The same hooks, which hear of the ends of what is held here as well. */
  over(hooks: LaneHooks): LaneHooks {
    return {
      settled: (job, outcome, durationMs) => {
        hooks.settled(job, outcome, durationMs);
        this.#ended(job, outcome);
      },
      fenced: (job) => {
        hooks.fenced(job);
        this.#ended(job, null);
      },
      recovered: (queue, recovered) => hooks.recovered(queue, recovered),
      troubled: (queue, duty, error) => hooks.troubled(queue, duty, error),
    };
  }

  /**
   * Resolves with up to `count` jobs as soon as there is one, with none after `waitMs` or when it closes; calls are
   * served one after the other.
   */
  take(count: number, waitMs: number): Promise<TakenJob[]> {
    const taken = this.#last.then(() => this.#take(count, waitMs));
    this.#last = taken;
    return taken;
  }

  /** Hands nothing over any more. */
  close(): void {
    this.#isClosed = true;
    this.#request?.finish();
    for (const { giveBack } of this.#spare.splice(0)) giveBack();
  }

  #take(count: number, waitMs: number): Promise<TakenJob[]> {
    const spare = this.#spare.splice(0, count).filter(({ job }) => !job.ctx.signal.aborted);
    if (this.#isClosed || spare.length > 0) return Promise.resolve(spare.map(({ job }) => job));
    return new Promise((resolve) => {
      const jobs: TakenJob[] = [];
      const waiting = new AbortController();
      const request: Request = {
        give: (job) => {
          // What one exchange has brought begins in the same turn.
          if (jobs.push(job) === 1) setImmediate(request.finish);
        },
        finish: () => {
          if (this.#request !== request) return;
          this.#request = null;
          waiting.abort();
          void this.#pace?.want(0);
          resolve(jobs);
        },
      };
      this.#request = request;
      void this.#clock.sleep(waitMs, waiting.signal).then(request.finish);
      void this.#pace?.want(count);
    });
  }

  #hold(data: unknown, ctx: JobContext): Promise<unknown> {
    const hold = this.#begun.get(nameOf(ctx));
    this.#begun.delete(nameOf(ctx));
    if (!hold)
      throw new ApiaryError('HANDLER_INVALID', `middleware has called the handler of job ${ctx.id} twice`);
    return new Promise((returns, throws) => {
      const { signal } = ctx;
      const job = new TakenJob({ data, ctx, returns, throws, ended: hold.ended });
      if (signal.aborted) return throws(signal.reason);
      // Nobody may look at the job any more, so it ends by itself.
      signal.addEventListener('abort', () => throws(signal.reason), { once: true });
      if (this.#request) this.#request.give(job);
      else if (this.#isClosed) throws(new RetryLater(0));
      else this.#spare.push({ job, giveBack: () => throws(new RetryLater(0)) });
    });
  }

  #ended(job: ActiveJob, outcome: Outcome | null): void {
    const hold = this.#holds.get(job);
    hold?.tell(outcome);
    if (hold && this.#begun.get(nameOf(job)) === hold) this.#begun.delete(nameOf(job));
  }
}

/** A worker has none, unless its jobs are taken by hand; throws HANDLER_INVALID where some are and others not. */
export function takerFor(handlers: readonly BoundHandler[], clock: Clock): Taker | null {
  const [first] = handlers.filter(({ byHand }) => byHand);
  if (!first) return null;
  const other = handlers.find(({ byHand }) => !byHand);
  if (!other) return new Taker(clock);
  const [taken, handled] = [first.definition.type, other.definition.type];
  const message = `${taken} is taken by hand and ${handled} has a handler: make a worker of its own for each`;
  throw new ApiaryError('HANDLER_INVALID', message);
}

function nameOf({ queue, id }: { queue: string; id: string }): string {
  return JSON.stringify([queue, id]);
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
