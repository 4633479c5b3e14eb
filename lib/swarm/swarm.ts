import type { Clock } from '../clock.ts';
import { coerceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Child, ChildEnd } from './child.ts';
import type { Asked } from './message.ts';
import { Place } from './place.ts';
import { nextToReplace } from './replacement-order.ts';
import { isHopeless } from './restart-rule.ts';

/** What a swarm works with. */
export interface SwarmDeps {
  /** How many processes there are to be. */
  processes: number;
  /** The program that they run. */
  program: URL;
  /** What the process with this number, from 1 on, is to be; goes by structured clone. */
  orders: (number: number) => unknown;
  /** How long a process waits for its jobs when it is to end, and some seconds more before it is killed. */
  patienceMs: number;
  clock: Clock;
  log: Logger;
  /** Told of each process that has ended, with the metrics that it told last. */
  onEnded: (lastMetrics: unknown) => void;
  /** Told of each that died, and how. */
  onDied: (why: Death) => void;
}

/** How a worker process died: before it was ready, by a signal, or by its own exit. */
export type Death = 'start' | 'signal' | 'exit';

/** What a process takes to end beside waiting for its jobs. */
const END_GRACE_MS = 8_000;

/** Worker processes that are started, kept, replaced and ended together. */
export class Swarm {
  /** Resolves with why when no process runs any more, and none can be started. */
  readonly hopeless: Promise<Error>;
  readonly #deps: SwarmDeps;
  readonly #places: Place[];
  #giveUp: (error: Error) => void = () => undefined;
  #round = 1;
  #rolling: Promise<void> | null = null;
  #isOver = false;
  #hasBegun = false;
  #failedInRow = 0;

  constructor(deps: SwarmDeps) {
    this.#deps = deps;
    this.hopeless = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
    this.#places = Array.from({ length: deps.processes }, (_, at) => this.#place(at + 1));
  }

  /** How many processes there are to be. */
  get wanted(): number {
    return this.#places.length;
  }

  /** How many run jobs. */
  get ready(): number {
    return this.#places.filter(({ isReady }) => isReady).length;
  }

  /**
   * Starts the first process, and when that is ready all others; resolves then. Rejects with why the first could not be
   * started, when all has ended; one of the others is tried again.
   */
  async start(): Promise<void> {
    const [first, ...others] = this.#places;
    try {
      await first?.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.#isOver) return;
    for (const place of others) place.start().catch(() => undefined);
  }

  /**
   * Replaces all processes, one after the other, each started before the one in its place ends. Asked for while it is
   * under way, those that were replaced already are replaced again. What cannot be started replaces nothing, and ends
   * it. Never rejects.
   */
  replaceAll(reason: string): Promise<void> {
    this.#deps.log.info('the worker processes are replaced', { reason });
    this.#round++;
    this.#rolling ??= this.#roll().finally(() => {
      this.#rolling = null;
    });
    return this.#rolling;
  }

  /** Lets all take no more jobs, for good; none is started or replaced any more. */
  quiet(): void {
    this.#isOver = true;
    for (const place of this.#places) place.quiet();
  }

  /** Ends all in order; resolves when they have ended, within the patience and some seconds. Harmless twice. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#places.map((place) => place.stop()));
  }

  /** Ends all at once. */
  kill(): void {
    this.#isOver = true;
    for (const child of this.#children) child.kill();
  }

  /** What each process that is ready answers; undefined for one that does not within the time. */
  ask(what: Asked, limitMs: number): Promise<unknown[]> {
    const ready = this.#children.filter(({ isReady }) => isReady);
    return Promise.all(ready.map((child) => child.ask(what, limitMs)));
  }

  /** The metrics of each process that has not ended, as it told them last; asks those that answer in time. */
  async metrics(limitMs: number): Promise<unknown[]> {
    await this.ask('metrics', limitMs);
    return this.#children.map(({ lastMetrics }) => lastMetrics);
  }

  get #children(): Child[] {
    return this.#places.flatMap(({ children }) => children);
  }

  async #roll(): Promise<void> {
    const { log } = this.#deps;
    for (let next = this.#next(); next; next = this.#next()) {
      const { number } = next;
      try {
        await next.replace();
        if (!this.#isOver) log.info('a worker process was replaced', { process: number });
      } catch (thrown) {
        if (this.#isOver) return;
        const why = coerceError(thrown).message;
        log.error('the worker processes are not replaced: another cannot be started', { why });
        return;
      }
    }
  }

  #next(): Place | null {
    return this.#isOver ? null : nextToReplace(this.#places, this.#round);
  }

  #place(number: number): Place {
    const { program, orders, patienceMs, clock, log, onEnded } = this.#deps;
    const stopLimitMs = patienceMs + END_GRACE_MS;
    return new Place({
      ...{ number, clock, log, patienceMs },
      options: { program, orders: orders(number), stopLimitMs },
      round: () => this.#round,
      onReady: () => {
        this.#hasBegun = true;
        this.#failedInRow = 0;
      },
      onEnded: ({ lastMetrics }) => onEnded(lastMetrics),
      onDied: (end) => this.#died(end),
    });
  }

  #died(end: ChildEnd): void {
    const bySignal = end.signal === null ? 'exit' : 'signal';
    this.#deps.onDied(end.readyMs === null ? 'start' : bySignal);
    if (end.readyMs !== null) return;
    const inRow = ++this.#failedInRow;
    if (!isHopeless({ inRow, hasBegun: this.#hasBegun, ready: this.ready })) return;
    this.#giveUp(end.failure ?? new Error('no worker process can be started any more; the log says why'));
  }
}
