import { runScript } from '../scripts.ts';
import type { SignalDeps } from './send-signal.ts';

/** How many jobs with signals one step looks at, and how many steps one run takes at most. */
const STEP = 100;
const MOST_STEPS = 200;

/**
 * Forgets the signals of jobs that have ended without having waited for them, or are gone. Each run goes on where the
 * last one of that queue stopped.
 */
export class SignalSweeper {
  readonly #mostSteps: number;
  /** By the key of the signals. */
  readonly #cursors = new Map<string, string>();

  constructor(mostSteps = MOST_STEPS) {
    this.#mostSteps = mostSteps;
  }

  /** Looks at up to some 20,000 jobs of a queue; resolves with how many that were. One call when there are none. */
  async sweep({ client, keys }: SignalDeps): Promise<number> {
    let seen = 0;
    let cursor = this.#cursors.get(keys.signals) ?? '0';
    for (let step = 0; step < this.#mostSteps; step++) {
      const call = { script: 'sweep-signals', queue: keys, args: { cursor, most: STEP } } as const;
      const [next, looked] = await runScript(client, call);
      seen += looked;
      cursor = next;
      if (cursor === '0') break;
    }
    this.#cursors.set(keys.signals, cursor);
    return seen;
  }
}
