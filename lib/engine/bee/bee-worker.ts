import { tellListeners } from '../../listeners.ts';
import type { ActiveJob } from '../pump/active-job.ts';
import type { LaneHooks } from '../pump/lane-hooks.ts';
import { Pump } from '../pump/pump.ts';
import type { PumpOptions } from '../pump/pump-options.ts';
import { TimeLimits } from '../pump/timeout.ts';
import type { Outcome } from '../session/settlement.ts';
import { type BeeHandler, runBeeHandler } from './bee-handler.ts';
import { RunningJob } from './job.ts';
import type { Queue } from './queue.ts';
import type { QueueEvents } from './queue-events.ts';

/** What runs behind bee-queue's `process`: one lane, one pump, and bee-queue's events on the queue. */
export class BeeWorker {
  readonly #queue: Queue;
  readonly #handler: BeeHandler;
  readonly #pump: Pump;
  readonly #limits = new TimeLimits();
  readonly #jobs = new WeakMap<ActiveJob, RunningJob>();
  readonly #thrown = new WeakMap<ActiveJob, unknown>();

  /** The queue must have its connections. */
  constructor(queue: Queue, handler: BeeHandler, options: Omit<PumpOptions, 'strict'>) {
    this.#queue = queue;
    this.#handler = handler;
    const wake = (): void => this.#pump.wake();
    const lane = queue.openLane({
      weight: 1,
      concurrency: options.concurrency,
      idleSince: () => this.#pump.idleSince,
      wake,
      hooks: this.#hooks(),
    });
    const onTrouble = (_duty: string, error: unknown): void => queue.report(error);
    this.#pump = new Pump(
      { lanes: [lane], clock: queue.clock, run: (active) => this.#run(active), onTrouble },
      { ...options, strict: false },
    );
  }

  /** How many jobs run here. */
  get running(): number {
    return this.#pump.running;
  }

  /** Starts taking jobs, or waiting for Redis while it is away. */
  start(): void {
    this.#pump.start();
  }

  /** Ends in order; see {@link Pump.stop}. */
  stop(patienceMs: number): Promise<void> {
    return this.#pump.stop(patienceMs);
  }

  #run(active: ActiveJob): Outcome | Promise<Outcome> {
    const queue = this.#queue;
    const job = new RunningJob(queue, active);
    this.#jobs.set(active, job);
    const strategies = queue.backoffStrategies;
    return runBeeHandler(this.#handler, active, {
      job,
      strategies,
      clock: queue.clock,
      limits: this.#limits,
      onTrouble: queue.report,
      onThrown: (thrown) => this.#thrown.set(active, thrown),
    });
  }

  #hooks(): LaneHooks {
    const { report } = this.#queue;
    return {
      settled: (active, outcome) => this.#tell(active, outcome),
      fenced: ({ id }) =>
        report(new Error(`job ${id} ended here after its claim was gone; its end changed nothing`)),
      recovered: (_queue, { returned, orphans }) => {
        for (const id of [...returned, ...orphans]) this.#emit('stalled', id);
      },
      troubled: (_queue, _duty, error) => report(error),
    };
  }

  /** bee-queue tells of each failed attempt as `failed`, of a last one as `failed:fatal` too. */
  #tell(active: ActiveJob, outcome: Outcome): void {
    const queue = this.#queue;
    // A job that was lost too often is failed here without having run here.
    const job = this.#jobs.get(active) ?? new RunningJob(queue, active);
    switch (outcome.kind) {
      case 'succeeded':
        job.status = 'succeeded';
        this.#emit('succeeded', job, outcome.result);
        break;
      case 'retry':
        job.status = 'retrying';
        this.#emit('retrying', job, this.#errorOf(active, outcome));
        this.#emit('failed', job, this.#errorOf(active, outcome));
        break;
      case 'failed':
        job.status = 'failed';
        this.#emit('failed', job, this.#errorOf(active, outcome));
        this.#emit('failed:fatal', job, this.#errorOf(active, outcome));
        break;
      case 'snoozed':
      case 'interrupted':
        break;
      default:
        outcome satisfies never;
    }
  }

  /** Listeners get the very thing that was thrown, as bee-queue declares it an Error; but for what says nothing at all. */
  #errorOf(active: ActiveJob, { error }: { error: Error }): Error {
    return (this.#thrown.get(active) as Error | undefined) || error;
  }

  /** What a listener throws is reported and goes no further: the pump must go on. */
  #emit<Name extends keyof QueueEvents>(name: Name, ...facts: QueueEvents[Name]): void {
    tellListeners(this.#queue, name, facts, this.#queue.report);
  }
}
