import { MAX_TIMER_MS } from '../clock.ts';
import type { ActiveJob } from './active-job.ts';

/** The timeout of a job of ours that says nothing of it; a stock producer's job has none then. */
export const DEFAULT_TIMEOUT_MS = 300_000;

/** How long an attempt may take, and what happens after. */
export interface TimeoutRule {
  timeoutMs: number;
  /** How long the handler may go on after its signal was aborted before its slot is taken from it. */
  graceMs: number;
  /** Called when it went on even after that. */
  onDeaf: () => void;
}

/** The timeout of an attempt in ms, or null for none. */
export function timeoutOf({ record: { options } }: ActiveJob): number | null {
  // bee-queue takes 0 for none.
  if (options.timeout === 0) return null;
  return options.timeout ?? (options.type === undefined ? null : DEFAULT_TIMEOUT_MS);
}

/**
 * Waits for a running handler. After the timeout its signal is aborted and its slot stays taken until it really ends,
 * or until the grace is over: then it is left to itself, and this resolves.
 */
export function withinTimeout(
  job: ActiveJob,
  running: PromiseLike<unknown>,
  { timeoutMs, graceMs, onDeaf }: TimeoutRule,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      onDeaf();
      resolve(undefined);
    };
    const abort = (): void => {
      job.abort('timeout');
      timer = setTimeout(giveUp, graceMs);
    };
    let timer = setTimeout(abort, Math.min(timeoutMs, MAX_TIMER_MS));
    running.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (thrown: unknown) => {
        clearTimeout(timer);
        reject(thrown);
      },
    );
  });
}
