import type { RedisClient } from '../engine/scripts.ts';
import { ApiaryError } from '../errors.ts';
import type { Inspector } from '../inspector/inspector.ts';
import { Producer } from '../jobs/producer.ts';
import { makeKeyring } from '../keyring.ts';
import { nullLogger } from '../logger.ts';
import { Failures } from '../worker/failures.ts';
import { handlersByType } from '../worker/handlers-by-type.ts';
import { resolveRetention } from '../worker/retention.ts';
import type { RunDeps } from '../worker/run-job.ts';
import { WorkerSchedules } from '../worker/schedules.ts';
import { tracingMiddleware } from '../worker/tracing.ts';
import { Attempts } from './attempts.ts';
import { Drain, type DrainOptions, type RunLimits } from './drain.ts';
import { type Duration, readDuration, readMoment } from './duration.ts';
import type { JobReport } from './job-report.ts';
import type { KitClock } from './kit-clock.ts';
import type { KitConnection } from './kit-connection.ts';
import { KitInspector } from './kit-inspector.ts';
import { KitLimits } from './kit-limits.ts';
import type { KitQueue } from './kit-queue.ts';
import { KitQueues } from './kit-queues.ts';
import type { RedisShare } from './shared-redis.ts';
import type { KitParts, TestApiary, TestApiaryOptions } from './test-apiary.ts';

/** Where a kit is. */
export interface KitPlace {
  connection: KitConnection;
  share: RedisShare;
  prefix: string;
  clock: KitClock;
  /** Told when it closes, while all of it is still there. */
  onClosing: (kit: Kit) => Promise<void>;
}

/** Everything of one test. Made by `testApiary`. */
export class Kit implements TestApiary {
  readonly producer: Producer;
  readonly inspector: Inspector;
  readonly prefix: string;
  readonly redis: string;
  readonly #place: KitPlace;
  readonly #connection: KitConnection;
  readonly #queues: KitQueues;
  readonly #schedules: WorkerSchedules;
  readonly #attempts: Attempts;
  readonly #drain: Drain;
  /** The types that it has handlers for; fingerprints of schemas it needs none. */
  readonly #types = new Map<string, null>();
  readonly #troubles: unknown[] = [];
  #closing: Promise<void> | null = null;

  constructor(place: KitPlace, options: TestApiaryOptions) {
    const { connection, share, prefix, clock } = place;
    this.#place = place;
    this.prefix = prefix;
    this.redis = share.url;
    this.#connection = connection;
    const { client } = this;
    const shared = { client, prefix, clock, keyring: makeKeyring() };
    this.producer = new Producer({
      ...shared,
      // Its handlers run jobs of whatever queue.
      takers: async () => [{ queues: null, types: this.#types }],
      onCreated: (job) => this.#attempts.added(job),
    });
    this.inspector = new KitInspector(shared, (...cancelled) => this.#attempts.cancel(...cancelled));
    const running = this.#running(options);
    for (const type of running.handlers.keys()) this.#types.set(type, null);
    const { schedules: declared = [], retention = {} } = options;
    const onTrouble = (_queue: string, _duty: string, error: unknown): void =>
      void this.#troubles.push(error);
    this.#schedules = new WorkerSchedules({ ...shared, log: nullLogger, declared, onTrouble });
    const handled = [...running.handlers.values()].map(({ definition }) => definition.queue);
    const scheduled = declared.map(({ definition }) => definition.queue);
    const names = [...handled, ...scheduled];
    this.#queues = new KitQueues({ ...shared, retention: resolveRetention(retention) }, names);
    this.#attempts = new Attempts({ clock, running, onEnding: () => this.#connection.mend() });
    this.#drain = new Drain({
      clock,
      queues: this.#queues,
      attempts: this.#attempts,
      moveTo: (time) => this.#connection.moveTo(time),
      declare: () => this.#declare(),
    });
  }

  /** The connection of all of it. */
  get client(): RedisClient {
    return this.#connection.client;
  }

  get queues(): readonly string[] {
    return [...new Set(this.#queues.all.map(({ name }) => name))];
  }

  /** These, and the shards of those that have some. */
  get opened(): readonly KitQueue[] {
    return this.#queues.all;
  }

  /** Tells Redis what time it is, and declares the schedules. */
  async open(): Promise<this> {
    await this.#connection.moveTo(this.#place.clock.now());
    await this.#schedules.check();
    await this.#declare();
    return this;
  }

  /** Looks for queues that jobs were added to. */
  async discover(): Promise<void> {
    await this.#queues.discover();
  }

  /** Says which jobs have not ended, by queue. */
  async leftBehind(): Promise<string[]> {
    await this.discover();
    const left = new Map<string, { waiting: number; active: number; delayed: number; grouped: number }>();
    for (const { name, core } of this.#queues.all) {
      const { counts, grouped } = await core.queries.snapshot(this.#place.clock.now());
      const sum = left.get(name) ?? { waiting: 0, active: 0, delayed: 0, grouped: 0 };
      sum.waiting += counts.waiting;
      sum.active += counts.active;
      sum.delayed += counts.delayed;
      sum.grouped += grouped;
      left.set(name, sum);
    }
    return [...left].flatMap(([name, counts]) => {
      const some = Object.entries(counts).filter(([, count]) => count > 0);
      return some.length === 0
        ? []
        : [`${name}: ${some.map(([what, count]) => `${count} ${what}`).join(', ')}`];
    });
  }

  now(): Date {
    return new Date(this.#place.clock.now());
  }

  async drain(options: DrainOptions = {}): Promise<JobReport[]> {
    this.#requireOpen('drain');
    return this.#drain.drain(options);
  }

  async runDue(options: Partial<RunLimits> = {}): Promise<JobReport[]> {
    this.#requireOpen('runDue');
    return this.#drain.runDue(options);
  }

  async advance(duration: Duration): Promise<void> {
    this.#requireOpen('advance');
    await this.#connection.moveTo(this.#place.clock.now() + readDuration('advance', duration));
  }

  async advanceTo(date: Date | number | string): Promise<void> {
    this.#requireOpen('advanceTo');
    const time = readMoment('advanceTo', date);
    if (time < this.#place.clock.now()) {
      const message = `advanceTo: it is ${this.now().toISOString()} already, and time does not go back; begin earlier with testApiary({ now })`;
      throw new ApiaryError('CONFIG_INVALID', message);
    }
    await this.#connection.moveTo(time);
  }

  async cutRedis(): Promise<() => Promise<void>> {
    this.#requireOpen('cutRedis');
    await this.#connection.cut();
    return () => this.#connection.mend();
  }

  killWorker(): void {
    this.#requireOpen('killWorker');
    this.#attempts.kill();
  }

  async loseClaim(job: { readonly id: string }): Promise<void> {
    this.#requireOpen('loseClaim');
    await this.#attempts.loseClaim(job);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#drain.ended();
      await this.#connection.mend();
      await this.#place.onClosing(this);
    } finally {
      await Promise.all([this.producer.close(), this.inspector.close(), this.#queues.close()]);
      await this.#connection.close();
      await this.#place.share.release();
    }
  }

  #running(options: TestApiaryOptions): RunDeps {
    const { clock } = this.#place;
    const { handlers, middleware = [] } = options;
    const parts: KitParts = { producer: this.producer, inspector: this.inspector, now: () => this.now() };
    const made = typeof handlers === 'function' ? handlers(parts) : handlers;
    return {
      handlers: handlersByType(made, [...tracingMiddleware(), ...middleware]),
      log: nullLogger,
      clock,
      limits: new KitLimits(clock),
      failures: new Failures(options, { log: nullLogger, random: () => clock.random() }),
      onSplit: () => undefined,
    };
  }

  async #declare(): Promise<void> {
    await this.#schedules.declareAll();
    if (this.#troubles.length > 0) throw this.#troubles.splice(0)[0];
  }

  #requireOpen(call: string): void {
    if (!this.#closing) return;
    throw new ApiaryError(
      'QUEUE_CLOSED',
      `${call}: this kit is closed; open one for each test with testApiary(…)`,
    );
  }
}
