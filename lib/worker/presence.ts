import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Clock } from '../clock.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import { announceSchemas } from '../engine/queries/contracts.ts';
import { keepLanes } from '../engine/queries/kept-lanes.ts';
import { announce, type PresenceDeps, takeLeave, type WorkerInfo } from '../engine/queries/presence.ts';
import type { PaceChange } from '../engine/queries/worker-order.ts';
import { every, type Loop } from '../loop.ts';
import type { HandledTypes } from './handled-types.ts';
import type { RecentAttempts } from './recent-attempts.ts';

/** What a worker is for as long as it lives. */
export type FixedFacts = Pick<WorkerInfo, 'queues' | 'strict' | 'swarm' | 'appVersion'>;

/** What it is at a moment. */
export interface ChangingFacts {
  status: WorkerInfo['status'];
  concurrency: number;
  jobs: readonly ActiveJob[];
  /** Of those whose slots were taken from them, as they did not stop. */
  deaf: readonly ActiveJob[];
}

/** What presence works with. */
export interface WorkerPresenceDeps extends PresenceDeps {
  clock: Clock;
  fixed: FixedFacts;
  handled: HandledTypes;
  changing: () => ChangingFacts;
  /** How long a handler may go on after it was told to stop before it counts as one that does not hear. */
  graceMs: number;
  /** Told what somebody wants the worker to be, once each; resolves when it is so. */
  obey: (change: PaceChange) => Promise<void>;
  recent: RecentAttempts;
  onTrouble: (error: unknown) => void;
}

/** Three times within what it holds for, so that one that is late or lost does no harm. */
const INTERVAL_MS = 5_000;
/** However many look, and however often, it says no oftener what its slots did. */
const LANES_INTERVAL_MS = 500;
const MOST_JOBS_SHOWN = 200;
const MANIFEST = new URL('../../package.json', import.meta.url);
const { version }: { version: string } = JSON.parse(readFileSync(MANIFEST, 'utf8'));

/** Says every few seconds that a worker is alive and what it runs, from `start` to `stop`. */
export class Presence {
  readonly #deps: WorkerPresenceDeps;
  // In a command line it must not look like an option, as one that begins with `-` does.
  readonly #id = randomBytes(9).toString('hex');
  readonly #startedAt: number;
  #loop: Loop | null = null;
  #stopped = false;
  /** Which order it has heeded last. */
  #obeyed: string | null = null;
  #toldLanesAt = Number.NEGATIVE_INFINITY;

  constructor(deps: WorkerPresenceDeps) {
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
  }

  /** Says so at once, and from then on again and again; waits for nothing. Harmless twice. */
  start(): void {
    if (this.#loop) return;
    const { clock, onTrouble } = this.#deps;
    this.#loop = every({
      intervalMs: INTERVAL_MS,
      clock,
      runOnce: () => this.#announce(),
      onError: onTrouble,
    });
    this.tell();
  }

  /** Says at once what has changed; waits for nothing. */
  tell(): void {
    this.#announce().catch(this.#onTrouble);
  }

  /** Says at once what its slots did lately, as somebody asks; waits for nothing. Once for all who ask meanwhile. */
  tellLanes(): void {
    const { clock, recent } = this.#deps;
    if (this.#stopped || clock.elapsed() - this.#toldLanesAt < LANES_INTERVAL_MS) return;
    this.#toldLanesAt = clock.elapsed();
    // What runs belongs to it, so that is said first.
    this.#announce()
      .then(() => keepLanes(this.#deps, this.#id, recent.describe()))
      .catch(this.#onTrouble);
  }

  /** Which worker it is, as others name it. */
  get id(): string {
    return this.#id;
  }

  /** Takes back what was said; resolves when Redis knows. What it does not hear of ends by itself. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop?.stop();
    await takeLeave(this.#deps, this.#id).catch(this.#onTrouble);
  }

  /** Once it is to stop, nothing is tried again. */
  readonly #onTrouble = (error: unknown): void => {
    if (!this.#stopped) this.#deps.onTrouble(error);
  };

  /** What it would say now. */
  describe(): WorkerInfo {
    const { fixed, handled, changing, graceMs } = this.#deps;
    const { status, concurrency, jobs, deaf } = changing();
    return {
      id: this.#id,
      host: hostname(),
      pid: process.pid,
      version,
      startedAt: this.#startedAt,
      ...fixed,
      concurrency,
      handlers: handled.handlers,
      status,
      runningCount: jobs.length,
      running: [...deaf, ...jobs].slice(0, MOST_JOBS_SHOWN).map((job) => toRunning(job, graceMs)),
    };
  }

  async #announce(): Promise<void> {
    const { schemas } = this.#deps.handled;
    // Before the worker itself, so that nobody reads of a fingerprint without its schema.
    const told = announceSchemas(this.#deps, { id: this.#id, schemas });
    const announced = announce(this.#deps, this.describe());
    const [order] = await Promise.all([announced, told]);
    if (order === null || order.token === this.#obeyed) return;
    const { token, ...change } = order;
    this.#obeyed = token;
    await this.#deps.obey(change);
    this.tell();
  }
}

function toRunning(job: ActiveJob, graceMs: number): WorkerInfo['running'][number] {
  const { queue, id, type, startedAt, abortedAt } = job;
  const isStuck = abortedAt !== null && job.now() - abortedAt >= graceMs;
  return { queue, id, type, startedAt, ...(isStuck && { stuckSince: abortedAt }) };
}
