import { ActiveJob } from '../engine/pump/active-job.ts';
import { endedAttempt } from '../engine/pump/ended-attempt.ts';
import type { EndedAttempt } from '../engine/pump/held-jobs.ts';
import { TimerLimits } from '../engine/pump/timeout.ts';
import { newJob, recordOf } from '../engine/record/new-job.ts';
import { type JobRecord, parseRecord, stringifyRecord } from '../engine/record/record.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import { writeData } from '../jobs/given-data.ts';
import type { JobOptions } from '../jobs/options.ts';
import { PreparedOptions } from '../jobs/prepared-options.ts';
import { nullLogger } from '../logger.ts';
import { type FailureOptions, Failures } from '../worker/failures.ts';
import { handlersByType } from '../worker/handlers-by-type.ts';
import { type RunDeps, runJob } from '../worker/run-job.ts';
import type { KitClock } from './kit-clock.ts';
import { LoneHold } from './lone-hold.ts';

/** What a job that is in no Redis is made of. */
export interface LoneJobDeps extends FailureOptions {
  handler: BoundHandler;
  clock: KitClock;
  middleware?: readonly Middleware[];
  /** The signals that it has been given: their data by their names. Default none. */
  signals?: Readonly<Record<string, unknown>>;
  /** How long its data may be, as JSON in bytes; default 1,048,576. */
  maxDataBytes?: number;
}

const nothing = (): void => undefined;
/** How long a handler may go on after its timeout, in real ms. */
const GRACE_MS = 1_000;

/**
 * A job that is in no Redis, run by the worker's own steps. Its record goes on from attempt to attempt as it would
 * there.
 */
export class LoneJob {
  readonly id: string;
  readonly hold: LoneHold;
  readonly #running: RunDeps;
  readonly #queue: string;
  #text: string;

  /** Throws JOB_INVALID for data that are no JSON, and for options that cannot be. */
  constructor(deps: LoneJobDeps, data: unknown, options: JobOptions) {
    const { handler, clock, middleware = [], signals = {}, maxDataBytes } = deps;
    const { definition } = handler;
    // What is in no Redis has nobody to be kept from.
    const plain = { ...options, encrypt: false };
    const { id, written } = new PreparedOptions(clock, null).of(definition, plain);
    const { json } = writeData(definition.type, data, maxDataBytes);
    const job = newJob(clock, { id, data: json, ending: written.ending, start: null });
    this.id = job.id;
    this.#queue = definition.queue;
    this.hold = new LoneHold(clock, definition.queue, signals);
    this.#text = recordOf(job, this.hold.sealing);
    this.#running = {
      handlers: handlersByType([handler], middleware),
      log: nullLogger,
      clock,
      limits: new TimerLimits({ graceMs: GRACE_MS, onOverdue: nothing, onLate: nothing, onDeaf: nothing }),
      failures: new Failures(deps, { log: nullLogger, random: () => clock.random() }),
      onSplit: () => undefined,
    };
  }

  /** Changes what is stored of it. */
  edit(change: (record: JobRecord) => void): void {
    const record = this.#read();
    change(record);
    this.#text = stringifyRecord(record);
  }

  /** Takes it for an attempt, with what the one before has stored. */
  take(): ActiveJob {
    if (this.hold.stored) this.#text = stringifyRecord(this.hold.stored);
    const record = this.#read();
    const taken = { id: this.id, record, text: this.#text, readable: true, opening: null };
    return new ActiveJob(this.#queue, taken, this.hold);
  }

  /** Runs the attempt; resolves with what the engine would make of it. */
  async run(job: ActiveJob): Promise<EndedAttempt> {
    job.begin(this.#running.clock.elapsed());
    const outcome: Outcome = await runJob(job, this.#running);
    job.end();
    return endedAttempt(job, outcome, { durationMs: 0, worker: 'runJob' });
  }

  #read(): JobRecord {
    const record = parseRecord(this.#text);
    if (!record) throw new Error('a record that was just written cannot be read');
    return record;
  }
}
