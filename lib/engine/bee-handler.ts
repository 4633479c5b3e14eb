import type { Clock } from '../clock.ts';
import { DiscardJob } from '../errors.ts';
import type { ActiveJob } from './active-job.ts';
import type { Callback } from './bee.ts';
import type { Job } from './job.ts';
import { decide, type Ending } from './outcome.ts';
import type { Outcome } from './settlement.ts';
import { timeoutOf, withinTimeout } from './timeout.ts';

/** A handler as bee-queue's `process` takes it: async, or with a `done` callback, or plain. */
export type BeeHandler = (job: Job, done: Callback<unknown>) => unknown;

/** How long a handler may go on after its timeout before its slot is taken from it. */
const TIMEOUT_GRACE_MS = 30_000;

/** Runs a handler of bee-queue's kind and decides the outcome by our rules. Never rejects. */
export async function runBeeHandler(
  handler: BeeHandler,
  active: ActiveJob,
  { job, clock, onDeaf }: { job: Job; clock: Clock; onDeaf: () => void },
): Promise<Outcome> {
  const timeoutMs = timeoutOf(active);
  const running = active.readable ? call(handler, job) : Promise.reject(unreadable());
  const performed =
    timeoutMs === null
      ? running
      : withinTimeout(active, running, { timeoutMs, graceMs: TIMEOUT_GRACE_MS, onDeaf });
  const ending = await performed.then(
    (value): Ending => ({ kind: 'returned', value }),
    (thrown: unknown): Ending => ({ kind: 'threw', thrown }),
  );
  const { record, attempt, abortReason } = active;
  const ownStrategy = (name: string): number | undefined => job.queue.backoffStrategies.get(name)?.(job);
  return decide(
    { options: record.options, attempt, abortReason, timeoutMs, ownStrategy },
    ending,
    clock.random,
  );
}

/**
 * The first of promise and callback wins. A handler that takes no callback and returns no promise has ended when it
 * returns; bee-queue would wait for it for ever.
 */
function call(handler: BeeHandler, job: Job): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done: Callback<unknown> = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(job, done);
    if (returned instanceof Promise) returned.then(resolve, reject);
    else if (handler.length < 2) resolve(returned);
  });
}

function unreadable(): DiscardJob {
  return new DiscardJob('the stored record of the job is gone or is not a job that bee-queue wrote');
}
