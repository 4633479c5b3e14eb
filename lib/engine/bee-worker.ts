import { coerceError } from '../errors.ts';
import type { ActiveJob } from './active-job.ts';
import { type BeeHandler, runBeeHandler } from './bee-handler.ts';
import { Job } from './job.ts';
import type { LaneHooks } from './lane.ts';
import { Pump, type PumpOptions } from './pump.ts';
import type { Queue } from './queue.ts';
import type { Outcome } from './settlement.ts';

/** What runs behind bee-queue's `process`: one lane, one pump, and bee-queue's events on the queue. */
export class BeeWorker {
  readonly #queue: Queue;
  readonly #handler: BeeHandler;
  readonly #options: Omit<PumpOptions, 'strict'>;
  readonly #running = new Map<ActiveJob, Job>();
  #pump: Pump | null = null;

  constructor(queue: Queue, handler: BeeHandler, options: Omit<PumpOptions, 'strict'>) {
    this.#queue = queue;
    this.#handler = handler;
    this.#options = options;
  }

  /** Starts taking jobs; the queue must have its connections. */
  start(): void {
    if (this.#pump || !this.#queue.isRunning()) return;
    const wake = (): void => this.#pump?.wake();
    const lane = this.#queue.openLane({ weight: 1, wake, hooks: this.#hooks() });
    const onTrouble = (_duty: string, error: unknown): void => this.#report(error);
    const run = (active: ActiveJob): Promise<Outcome> => this.#run(active);
    const deps = { lanes: [lane], clock: this.#queue.clock, run, onTrouble };
    this.#pump = new Pump(deps, { ...this.#options, strict: false });
    this.#pump.start();
  }

  /** Ends in order; see {@link Pump.stop}. */
  async stop(patienceMs: number): Promise<void> {
    await this.#pump?.stop(patienceMs);
  }

  /** Stores how far a job is that runs here; false when it does not. */
  async progress(job: Job, progress: unknown): Promise<boolean> {
    for (const [active, running] of this.#running) if (running === job) return active.progress(progress);
    return false;
  }

  #run(active: ActiveJob): Promise<Outcome> {
    const job = new Job(this.#queue, active.id, active.record.data, active.record.options);
    job.data = active.record.data;
    job.status = active.record.status;
    job.progress = active.record.progress;
    this.#running.set(active, job);
    const onDeaf = (): void =>
      this.#report(new Error(`the handler of job ${active.id} goes on after its timeout`));
    return runBeeHandler(this.#handler, active, { job, clock: this.#queue.clock, onDeaf });
  }

  #hooks(): LaneHooks {
    return {
      settled: (active, outcome) => this.#tell(active, outcome),
      fenced: (active) => {
        this.#running.delete(active);
        this.#report(
          new Error(`job ${active.id} ended here after its claim was gone; its end changed nothing`),
        );
      },
      recovered: (_queue, { returned, orphans }) => {
        for (const id of [...returned, ...orphans]) this.#queue.emit('stalled', id);
      },
      troubled: (_queue, _duty, error) => this.#report(error),
    };
  }

  /** bee-queue tells of each failed attempt as `failed`, of a last one as `failed:fatal` too. */
  #tell(active: ActiveJob, outcome: Outcome): void {
    const job = this.#running.get(active);
    this.#running.delete(active);
    if (!job) return;
    job.status = active.record.status;
    if (outcome.kind === 'succeeded') this.#emit('succeeded', job, outcome.result);
    if (outcome.kind === 'retry') this.#emit('retrying', job, outcome.error);
    if (outcome.kind === 'retry' || outcome.kind === 'failed') this.#emit('failed', job, outcome.error);
    if (outcome.kind === 'failed') this.#emit('failed:fatal', job, outcome.error);
  }

  #emit(event: string, job: Job, value: unknown): void {
    try {
      this.#queue.emit(event, job, value);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#queue.emit('error', coerceError(error));
  }
}
