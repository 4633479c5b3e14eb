import { readOwn } from '../engine/own-json.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import { openSignal } from '../engine/record/private.ts';
import { type SignalsAwaited, waitsOf } from '../engine/record/waits.ts';
import type { KeptSignal, KeptSignals } from '../engine/signals/kept-signals.ts';
import { ApiaryError, AwaitsSignal, DiscardJob } from '../errors.ts';
import { requireWhole } from '../field-checks.ts';
import type { JobDefinition } from '../jobs/define.ts';
import { MOST_MS } from '../jobs/option-checks.ts';
import { parseSignal } from '../jobs/signal-data.ts';
import { requireSignalName, type SignalWaitOptions, type WaitedSignal } from '../jobs/signals.ts';
import { requireNamed } from '../require-given.ts';
import { attemptEnded, claimLost } from './lost-claim.ts';

/** How many waits a job may begin: each is kept in its record. */
const MOST_WAITS = 1_000;

/** A wait of a handler, until when it lasts (epoch ms). */
interface Wait {
  name: string;
  until: number;
}

/**
 * The waits of one attempt for signals. A handler is run from its beginning each time, so the waits of an attempt are
 * those of the one before: the nth for a name is the same wait, and lasts until the same time.
 */
export class SignalWaits {
  readonly #job: ActiveJob;
  readonly #definition: JobDefinition<unknown, unknown>;
  readonly #begun = new Map<string, number>();
  readonly #open = new Set<Wait>();
  #kept: KeptSignals | null = null;
  #hasEnded = false;

  constructor(job: ActiveJob, definition: JobDefinition<unknown, unknown>) {
    this.#job = job;
    this.#definition = definition;
  }

  /** Resolves with what the wait came to; rejects with AwaitsSignal where that is still to come. */
  async waitFor(name: string, options: SignalWaitOptions): Promise<WaitedSignal> {
    const wait = this.#begin(name, options);
    this.#open.add(wait);
    const found = await this.#find(wait).catch((error: unknown) => {
      this.#open.delete(wait);
      throw error;
    });
    if (this.#hasEnded) throw attemptEnded(this.#job.id);
    if (found === 'open') {
      // Of several waits at once, those come first whose signals are there.
      await new Promise((resolve) => setImmediate(resolve));
      throw new AwaitsSignal(`job ${this.#job.id} waits for the signal ${name}`);
    }
    this.#open.delete(wait);
    return found === 'over' ? { timedOut: true, data: null, at: null } : this.#read(name, found);
  }

  /** The signals that are waited for and not there, and the first end of these waits; null where there are none. */
  get awaited(): SignalsAwaited | null {
    const open = [...this.#open];
    if (open.length === 0) return null;
    const until = Math.min(...open.map((wait) => wait.until));
    return { signals: [...new Set(open.map(({ name }) => name))], until };
  }

  /** Lets no wait begin any more. To be called before the outcome goes to Redis. */
  end(): void {
    this.#hasEnded = true;
  }

  #begin(name: string, options: SignalWaitOptions): Wait {
    const { timeoutMs } = requireNamed('waitFor', ['timeoutMs'], options);
    requireSignalName(this.#definition, name);
    requireWhole('timeoutMs', timeoutMs, { least: 1, most: MOST_MS });
    const at = this.#begun.get(name) ?? 0;
    this.#begun.set(name, at + 1);
    // What it waited for before is not to stand there any more, whatever comes.
    const { options: stored } = this.#job.editRecord();
    const { until: all, ...rest } = waitsOf(stored) ?? { until: {} };
    const own = Object.hasOwn(all, name) && Array.isArray(all[name]) ? all[name] : [];
    const known: unknown = own[at];
    if (typeof known === 'number' && Number.isFinite(known)) return { name, until: known };
    requireRoom(all);
    const until = this.#job.now() + timeoutMs;
    // It is stored with the end of the attempt; one that dies before it has not waited.
    stored.waits = {
      ...rest,
      until: { ...all, [name]: [...own.slice(0, at), until] },
    };
    return { name, until };
  }

  /** Asks Redis only where what is known does not say: a signal that came stays, and so does an end. */
  async #find(wait: Wait): Promise<KeptSignal | 'over' | 'open'> {
    const known = this.#kept === null ? 'open' : foundIn(this.#kept, wait);
    if (known !== 'open') return known;
    const kept = await this.#job.signals();
    if (kept === null) throw claimLost(this.#job.id);
    this.#kept = kept;
    return foundIn(kept, wait);
  }

  async #read(name: string, { at, json }: KeptSignal): Promise<WaitedSignal> {
    const { seal } = this.#job;
    const stored = readOwn<unknown>(json);
    const data = seal ? openSignal(seal, name, stored) : stored;
    return { timedOut: false, data: await checked(this.#definition, name, data), at };
  }
}

/** By Redis's clock alone, so that each attempt finds the same: what came after the end of a wait is not for it. */
function foundIn({ now, byName }: KeptSignals, { name, until }: Wait): KeptSignal | 'over' | 'open' {
  const signal = byName.get(name);
  if (signal && signal.at < until) return signal;
  return now >= until ? 'over' : 'open';
}

/** The first of a name stays, so no other attempt would find better data. */
async function checked(
  definition: JobDefinition<unknown, unknown>,
  name: string,
  data: unknown,
): Promise<unknown> {
  try {
    return await parseSignal(definition, name, data);
  } catch (error) {
    throw error instanceof ApiaryError ? new DiscardJob(error.message, { cause: error }) : error;
  }
}

function requireRoom(all: Readonly<Record<string, unknown>>): void {
  const count = Object.values(all).reduce(
    (sum: number, one) => sum + (Array.isArray(one) ? one.length : 0),
    0,
  );
  if (count < MOST_WAITS) return;
  throw new ApiaryError('JOB_INVALID', `waitFor: a job waits for signals at most ${MOST_WAITS} times`);
}
