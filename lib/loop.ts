import type { Clock } from './clock.ts';

/** A periodic duty under way. */
export interface Loop {
  /** Ends the duty; resolves when a run that is under way has ended. Harmless twice. */
  stop(): Promise<void>;
}

/** What a periodic duty needs. */
export interface LoopOptions {
  intervalMs: number;
  /** One run; never two at a time. What it throws goes to `onError`, and the duty goes on. */
  runOnce: () => Promise<void>;
  onError: (error: unknown) => void;
  clock: Clock;
}

/**
 * Runs a duty again and again, the pause between two runs shaken by up to a tenth either way so that many
 * processes do not keep step.
 */
export function every({ intervalMs, runOnce, onError, clock }: LoopOptions): Loop {
  const ending = new AbortController();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await clock.sleep(intervalMs * (0.9 + 0.2 * clock.random()), ending.signal);
      if (ending.signal.aborted) return;
      await runOnce().catch(onError);
    }
  };
  const running = run();
  return {
    stop: () => {
      ending.abort();
      return running;
    },
  };
}
