import { tellListeners } from '../../listeners.ts';
import type { ActiveJob } from '../pump/active-job.ts';
import type { LaneHooks } from '../pump/lane-hooks.ts';
import { Pump } from '../pump/pump.ts';
import type { PumpOptions } from '../pump/pump-options.ts';
import { TimerLimits } from '../pump/timeout.ts';
import type { HoldOptions, QueueCore } from '../queue/queue-core.ts';
import type { Outcome } from '../record/settlement.ts';
import type { BeeQueueShape } from './bee.ts';
import { type BeeHandler, beeTimeouts, runBeeHandler } from './bee-handler.ts';
import { type JobQueue, RunningJob } from './job.ts';
import type { QueueEvents } from './queue-events.ts';

/** What runs a handler for a queue. */
export interface BeeWorkerDeps {
  core: QueueCore;
  /** The queue of the jobs, which emits their events. */
  queue: JobQueue & BeeQueueShape<QueueEvents>;
  /** Back-off strategies by name. */
  strategies: ReadonlyMap<string, (job: RunningJob) => number>;
  /** Told of trouble. */
  report: (error: unknown) => void;
}

/** How it runs jobs, and how it holds them. */
export type BeeWorkerOptions = Omit<PumpOptions, 'strict'> & { hold: HoldOptions };

/** What runs behind bee-queue's `process`: one lane, one pump, and bee-queue's events on the queue. */
export class BeeWorker {
  readonly #deps: BeeWorkerDeps;
  readonly #handler: BeeHandler;
  readonly #pump: Pump;
  readonly #limits: TimerLimits;
  readonly #jobs = new WeakMap<ActiveJob, RunningJob>();
  readonly #thrown = new WeakMap<ActiveJob, unknown>();

  constructor(deps: BeeWorkerDeps, handler: BeeHandler, { hold, ...options }: BeeWorkerOptions) {
    this.#deps = deps;
    this.#handler = handler;
    const { core, report } = deps;
    this.#limits = new TimerLimits(beeTimeouts(report));
    const lane = core.openLane(hold, {
      weight: 1,
      concurrency: options.concurrency,
      idleSince: () => this.#pump.idleSince,
      wake: () => this.#pump.wake(),
      brought: (jobs) => this.#pump.brought(lane, jobs),
      hooks: this.#hooks(),
    });
    this.#pump = new Pump(
      {
        lanes: [lane],
        clock: core.clock,
        run: (active) => this.#run(active),
        onTrouble: (_duty, error) => report(error),
      },
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
    const { core, queue, strategies, report } = this.#deps;
    const job = new RunningJob(queue, active);
    this.#jobs.set(active, job);
    return runBeeHandler(this.#handler, active, {
      job,
      strategies,
      clock: core.clock,
      limits: this.#limits,
      onTrouble: report,
      onThrown: (thrown) => this.#thrown.set(active, thrown),
    });
  }

  #hooks(): LaneHooks {
    const { report } = this.#deps;
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
    // A job that was lost too often is failed here without having run here.
    const job = this.#jobs.get(active) ?? new RunningJob(this.#deps.queue, active);
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

  /**
   * Listeners get the very thing that was thrown, as bee-queue declares it an Error; but for what says nothing at all.
   */
  #errorOf(active: ActiveJob, { error }: { error: Error }): Error {
    return (this.#thrown.get(active) as Error | undefined) || error;
  }

  /** What a listener throws is reported and goes no further: the pump must go on. */
  #emit<Name extends keyof QueueEvents>(name: Name, ...facts: QueueEvents[Name]): void {
    tellListeners(this.#deps.queue, name, facts, this.#deps.report);
  }
}
