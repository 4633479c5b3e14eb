import { type Clock, systemClock } from '../clock.ts';
import { requireClient } from '../engine/connections.ts';
import { processLeases } from '../engine/lease/lease-keeper.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { Pump } from '../engine/pump/pump.ts';
import type { WorkerStatus } from '../engine/queries/presence.ts';
import { type PaceChange, requirePace } from '../engine/queries/worker-order.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import { DUTY_GRACE_MS, TIMEOUT_GRACE_MS } from '../engine/queue/worker-defaults.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import { defineScripts, type RedisClient } from '../engine/scripts.ts';
import { tellCallers, toldError } from '../engine/tell-callers.ts';
import type { RetentionLimits } from '../engine/upkeep/pruner.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { soundLogger } from '../logger.ts';
import type { Loop } from '../loop.ts';
import { closeClient } from '../redis/connect.ts';
import { requireList, requireObject } from '../require-given.ts';
import { askedTake, type TakeOptions } from './by-hand/take-options.ts';
import type { TakenJob } from './by-hand/taken-job.ts';
import { type Taker, takerFor } from './by-hand/taker.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { DeafHandlers } from './deaf-handlers.ts';
import { ErrorOrigins } from './error-origins.ts';
import { type JobFacts, WorkerEmitter } from './events.ts';
import { keepHouse } from './housekeeping.ts';
import { Isolates } from './isolate/isolates.ts';
import { JobTimes } from './job-times.ts';
import { KeptLeases } from './kept-leases.ts';
import { openPresence } from './open-presence.ts';
import { type OpenedPump, openPump } from './open-pump.ts';
import { openQueues } from './open-queues.ts';
import type { Presence } from './presence.ts';
import { listenForCancels, openSubscriber, promotersOf } from './queue-news.ts';
import { RecentAttempts } from './recent-attempts.ts';
import { Reporter } from './report.ts';
import { reportedLimits } from './reported-limits.ts';
import { resolveRetention } from './retention.ts';
import { runDeps } from './run-deps.ts';
import { type RunDeps, runJob } from './run-job.ts';
import { WorkerSchedules } from './schedules.ts';
import { type Duty, ServedShards } from './served-shards.ts';
import { tracingMiddleware } from './tracing.ts';
import type { WorkerDeps, WorkerOptions } from './worker-options.ts';

/** Takes jobs from its queues and runs them with its handlers, from `start` to `stop`. */
export class Worker {
  /** What happens to jobs here; each event after the fact is stored. */
  readonly events: WorkerEmitter;
  readonly #deps: WorkerDeps;
  readonly #options: WorkerOptions;
  readonly #clock: Clock;
  readonly #retention: RetentionLimits;
  readonly #report: Reporter;
  readonly #times: JobTimes;
  readonly #recent: RecentAttempts;
  readonly #origins: ErrorOrigins | null;
  readonly #isolates: Isolates;
  readonly #taker: Taker | null;
  readonly #running: RunDeps;
  readonly #timeoutGraceMs: number;
  readonly #deaf = new DeafHandlers();
  readonly #schedules: WorkerSchedules;
  readonly #connection: ConnectionWatch;
  #parts: {
    pump: Pump;
    duties: Duty[];
    pruning: Loop;
    presence: Presence;
    queues: QueueCore[];
    subscriber: RedisClient;
  } | null = null;
  #leases: KeptLeases | null = null;
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  /** When `stop` was called, in ms of the clock's growing time. */
  #stoppingSince: number | null = null;

  constructor(given: WorkerDeps, options: WorkerOptions) {
    requireClient('new Worker', 'createWorker', given);
    requireList('new Worker', 'handlers', given.handlers);
    requireObject('new Worker', 'queues, concurrency and the like', options);
    const deps = { ...given, log: soundLogger(given.log) };
    defineScripts(deps.client);
    this.#deps = deps;
    this.#options = options;
    this.#clock = deps.clock ?? systemClock;
    this.events = new WorkerEmitter(deps.log);
    this.#retention = resolveRetention(options.retention ?? {});
    this.#timeoutGraceMs = options.timeoutGraceMs ?? TIMEOUT_GRACE_MS;
    const told = (error: unknown): Error => coerceError(toldError(deps.client, error));
    this.#report = new Reporter(this.events, { log: deps.log, clock: this.#clock, told });
    this.#origins = options.attributesErrors ? new ErrorOrigins(deps.log) : null;
    const origins = this.#origins ? [this.#origins.middleware] : [];
    this.#isolates = new Isolates(deps.log);
    this.#taker = takerFor(deps.handlers, this.#clock);
    const handlers = deps.handlers.map((handler) => this.#taker?.bind(handler) ?? handler);
    this.#running = runDeps(options, {
      ...{ handlers, log: deps.log, clock: this.#clock, isolates: this.#isolates },
      outermost: [...origins, ...tracingMiddleware()],
      limits: reportedLimits({ graceMs: this.#timeoutGraceMs, report: this.#report, deaf: this.#deaf }),
      onSplit: (job, totalMs, error) => this.#report.split(job, totalMs, error),
    });
    this.#schedules = new WorkerSchedules({
      ...{ ...deps, ...options, clock: this.#clock, declared: options.schedules ?? [] },
      onTrouble: (queue, duty, error) => this.#report.troubled(queue, duty, error),
    });
    this.#times = new JobTimes(options.appVersion);
    this.#recent = new RecentAttempts(this.#clock);
    this.#connection = new ConnectionWatch({ ...deps, events: this.events, clock: this.#clock });
    tellCallers(deps.client, this);
  }

  /** Starts taking jobs, or waiting for Redis while it is away. Harmless twice; not possible after `stop`. */
  start(): Promise<void> {
    if (this.#stopping) {
      const message = 'a worker that was stopped cannot be started again';
      return Promise.reject(new ApiaryError('QUEUE_CLOSED', message));
    }
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Takes no more jobs, for good: running ones go on, and so does all else that a worker does for its queues. What was
   * taken and has not begun goes back to the head of waiting; resolves when it is there. Harmless twice; does nothing
   * before `start`.
   */
  async quiet(): Promise<void> {
    await this.#starting;
    const quieted = this.#parts?.pump.quiet();
    this.#parts?.presence.tell();
    await quieted;
  }

  /**
   * Takes up to `count` jobs by hand, where its handlers are those of `byHand`; starts the worker if need be. Resolves
   * as soon as there is one, and with none after `waitMs` or when the worker stops; never with more than `concurrency`
   * together with those held. Rejects with QUEUE_CLOSED after `stop`, and with CONFIG_INVALID for what cannot be.
   */
  async take(count: number, options: TakeOptions = {}): Promise<TakenJob[]> {
    const { taker, waitMs } = askedTake(this.#taker, count, options);
    await this.start();
    return taker.take(count, waitMs);
  }

  /**
   * Changes how much runs here, until it is changed again: at most `concurrency` jobs at once, and none is begun as
   * long as it is `paused`; running ones go on. Resolves when what was taken and must not begin is back. Does nothing
   * before `start`. Throws CONFIG_INVALID for a concurrency that cannot be.
   */
  async adjust(change: PaceChange): Promise<void> {
    requirePace('adjust', change);
    await this.#starting;
    await this.#parts?.pump.pace.change(change);
    this.#parts?.presence.tell();
  }

  /**
   * Stops in order: takes no more, lets running jobs end for `shutdownTimeoutMs`, aborts the others and gives them
   * back untouched, closes its connections. Harmless twice.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /**
   * Ends at once after an error that nobody handled: to be called by a listener of the process's `uncaughtException`,
   * in its own turn, before the process ends. With `attributesErrors` the attempt that it came from fails by it; all
   * else goes back untouched. Resolves with which attempt it was, or null, when Redis has all that, within 4 s.
   */
  async abandon(thrown: unknown): Promise<JobFacts | null> {
    const facts = this.blame(thrown);
    const text = 'nobody handled an error of which it is not known whose it is; all jobs go back';
    if (!facts) this.#deps.log.error(text, { err: coerceError(thrown) });
    // The attempt ends in the promises that follow this turn.
    await new Promise(setImmediate);
    await this.#parts?.pump.abandon();
    return facts;
  }

  /**
   * Fails the attempt that an error comes from which nobody handled, and does nothing else: to be called like
   * `abandon`, where the process goes on until another has taken its place. Null, and nothing is done, where it is not
   * known whose the error is.
   */
  blame(thrown: unknown): JobFacts | null {
    return this.#origins?.fail(thrown) ?? null;
  }

  /** Jobs in flight at most. */
  get slots(): number {
    return this.#parts?.pump.pace.concurrency ?? this.#options.concurrency;
  }

  /** What it is doing: `connecting` until Redis has first answered; null before `start` has opened its queues. */
  get status(): WorkerStatus | 'connecting' | null {
    if (!this.#parts) return null;
    const status = this.#status(this.#parts.pump);
    return status === 'running' && !this.#connection.hasConnected ? 'connecting' : status;
  }

  /** A duty for which the rights of its user of Redis do not suffice; null when they do. */
  get refusedDuty(): string | null {
    return this.#report.refusedDuty;
  }

  /** How many jobs are running here. */
  get running(): number {
    return this.#parts?.pump.running ?? 0;
  }

  async #start(): Promise<void> {
    await this.#schedules.check();
    await this.#isolates.open();
    const opening = { ...this.#deps, options: this.#options, clock: this.#clock };
    const queues = openQueues(opening);
    const subscriber = openSubscriber(this.#deps.client);
    if (this.#options.leaseThread !== false) this.#leases = this.#keepLeases();
    const opened = this.#pump(queues);
    const { pump } = opened;
    const heard = { subscriber, clock: this.#clock, report: this.#report };
    const duties: Duty[] = queues.flatMap((queue) => promotersOf(queue, heard));
    duties.push(new ServedShards({ ...heard, ...opened, ...opening, queues, duties }));
    const pruning = keepHouse({ ...heard, queues, retention: this.#retention, times: this.#times });
    const presence = this.#presence(pump, subscriber);
    this.#parts = { pump, duties, pruning, presence, queues, subscriber };
    for (const queue of queues) listenForCancels(queue, pump, heard);
    this.#taker?.open(pump.pace);
    pump.start();
    for (const duty of duties.slice()) duty.start();
    presence.start();
    this.#schedules.start(queues, subscriber);
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    this.#connection.end();
    if (this.#parts) {
      const { pump, duties: own, pruning, presence, queues, subscriber } = this.#parts;
      this.#stoppingSince = this.#clock.elapsed();
      presence.tell();
      this.#taker?.close();
      await pump.stop(this.#options.shutdownTimeoutMs);
      this.#leases?.keeper.close();
      const duties = [pruning, ...own, presence, this.#schedules];
      const dutiesEnded = Promise.all(duties.map((duty) => duty.stop()));
      // One that waits for an answer of Redis may wait as long as Redis is away.
      await Promise.race([dutiesEnded, this.#clock.sleep(DUTY_GRACE_MS, new AbortController().signal)]);
      this.#report.closing();
      await Promise.all([...queues.map((queue) => queue.close()), closeClient(subscriber)]);
    }
    await this.#isolates.close();
    await this.#deps.close?.();
  }

  #keepLeases(): KeptLeases {
    return new KeptLeases({
      thread: processLeases,
      client: this.#deps.client,
      running: () => this.#parts?.pump.runningJobs ?? [],
      graceMs: this.#timeoutGraceMs,
      current: this.#origins?.current,
      said: () => ({ prefix: this.#options.prefix, info: this.#parts?.presence.describe() }),
      onTrouble: (error) => this.#report.unkept(error),
    });
  }

  #pump(queues: readonly QueueCore[]): OpenedPump {
    return openPump(queues, {
      ...{ options: this.#options, retention: this.#retention, clock: this.#clock, report: this.#report },
      keeper: this.#leases?.keeper ?? null,
      hooks: this.#recent.over(this.#times.over(this.#taker?.over(this.#report) ?? this.#report)),
      run: (job) => this.#run(job),
    });
  }

  #run(job: ActiveJob): Outcome | Promise<Outcome> {
    this.#report.started(job);
    this.#leases?.begins(job);
    this.#taker?.begins(job);
    return runJob(job, this.#running);
  }

  #presence(pump: Pump, subscriber: RedisClient): Presence {
    return openPresence({
      ...{ ...this.#deps, options: this.#options, clock: this.#clock, pump, subscriber, deaf: this.#deaf },
      status: () => this.#status(pump),
      ...{ graceMs: this.#timeoutGraceMs, recent: this.#recent },
      onTrouble: (error) => this.#report.troubled(null, 'presence', error),
    });
  }

  #status({ isTaking, pace }: Pump): WorkerStatus {
    if (this.#stoppingSince === null) return !isTaking ? 'quiet' : pace.isPaused ? 'paused' : 'running';
    const sinceMs = this.#clock.elapsed() - this.#stoppingSince;
    return sinceMs < this.#options.shutdownTimeoutMs ? 'quiet' : 'stopping';
  }
}
