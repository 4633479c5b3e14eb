import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { Child, type ChildEnd, type ChildOptions, endText, type Spent } from './child.ts';
import { deathsInRow, waitBeforeStart } from './restart-rule.ts';

/** What a place in a swarm works with. */
export interface PlaceDeps {
  number: number;
  clock: Clock;
  log: Logger;
  /** What its processes are started by. */
  options: Omit<ChildOptions, 'onSpent' | 'clock'>;
  /** How long the one that is replaced is waited for before the next thing is done; it may go on for longer. */
  patienceMs: number;
  /** The round that is on. */
  round: () => number;
  onReady: () => void;
  /** Told of each process that has ended. */
  onEnded: (child: Child) => void;
  /** Told when one died that was to run, and of how. */
  onDied: (end: ChildEnd) => void;
}

/** Keeps one worker process running, from `start` to `stop`, and replaces it. */
export class Place {
  readonly number: number;
  readonly #deps: PlaceDeps;
  readonly #over = new AbortController();
  /** Those that are to take no more jobs and have not ended. */
  readonly #leaving = new Set<Child>();
  #current: Child | null = null;
  /** The one that is started to replace it. */
  #next: Child | null = null;
  #replacing: Promise<void> | null = null;
  #round = 0;
  #deaths = 0;

  constructor(deps: PlaceDeps) {
    this.#deps = deps;
    this.number = deps.number;
  }

  /** Of what round the process is that runs here. */
  get round(): number {
    return this.#round;
  }

  /** All processes that have not ended. */
  get children(): Child[] {
    return [this.#current, this.#next, ...this.#leaving].filter((child) => child !== null);
  }

  /** Whether a process runs here that was not told to end. */
  get isReady(): boolean {
    return this.#current?.isReady ?? false;
  }

  /** Starts the first process; rejects when it cannot be. */
  start(): Promise<void> {
    this.#round = this.#deps.round();
    this.#current = this.#launch();
    return this.#current.ready;
  }

  /**
   * Starts another process, at once or in `inMs`, and lets the one that is there end as soon as the other is ready.
   * Resolves when that has ended, or after the patience; rejects, and leaves all as it was, when the other cannot be
   * started. Harmless while it is under way.
   */
  replace(inMs = 0): Promise<void> {
    this.#replacing ??= this.#replace(inMs).finally(() => {
      this.#replacing = null;
    });
    return this.#replacing;
  }

  /** Lets all that run here take no more jobs, and starts none any more. */
  quiet(): void {
    this.#over.abort();
    for (const child of this.children) child.quiet();
  }

  /** Lets all end in order, and starts none any more; resolves when they have ended. Harmless twice. */
  async stop(): Promise<void> {
    this.#over.abort();
    const { children } = this;
    for (const child of children) child.stop();
    await Promise.all(children.map(({ ended }) => ended));
  }

  #launch(): Child {
    const { options, clock, log, number, onReady } = this.#deps;
    const child = new Child({ ...options, clock, onSpent: (spent) => this.#spent(child, spent) });
    const { pid } = child;
    log.debug('a worker process is started', { process: number, childPid: pid });
    child.ready.then(onReady, () => undefined);
    child.ended.then((end) => this.#ended(child, end));
    return child;
  }

  async #replace(inMs: number): Promise<void> {
    if (inMs > 0) await this.#deps.clock.sleep(inMs, this.#over.signal);
    if (this.#over.signal.aborted) return;
    const round = this.#deps.round();
    const next = this.#launch();
    this.#next = next;
    try {
      await next.ready;
    } catch (error) {
      this.#next = null;
      if (!this.#current) void this.#startAgain();
      throw error;
    }
    this.#next = null;
    const old = this.#current;
    this.#current = next;
    this.#round = round;
    if (old) await this.#retire(old);
  }

  /** At most one stays until its jobs have ended by themselves; one from before gets what a stop gives. */
  async #retire(old: Child): Promise<void> {
    for (const before of this.#leaving) before.stop();
    this.#leaving.add(old);
    if (this.#over.signal.aborted) return;
    old.retire();
    const { clock, patienceMs } = this.#deps;
    const waited = new AbortController();
    await Promise.race([old.ended, clock.sleep(patienceMs, waited.signal)]);
    waited.abort();
  }

  #ended(child: Child, end: ChildEnd): void {
    const { onEnded, onDied, log, number } = this.#deps;
    onEnded(child);
    this.#leaving.delete(child);
    const isNext = child === this.#next;
    if (child.wasKilled)
      log.warn('a worker process was killed, as it took too long', { process: number, childPid: child.pid });
    if (this.#over.signal.aborted || (!isNext && child !== this.#current)) return;
    if (!isNext) this.#current = null;
    this.#deaths = deathsInRow(this.#deaths, end);
    const facts = { process: number, childPid: child.pid, code: end.code, signal: end.signal };
    if (end.readyMs !== null) log.error(`a worker process died ${endText(end)}`, facts);
    else log.error('a worker process cannot be started', { ...facts, why: end.failure?.message });
    onDied(end);
    if (!isNext) void this.#startAgain();
  }

  async #startAgain(): Promise<void> {
    const { clock, log, number } = this.#deps;
    const waitMs = waitBeforeStart(this.#deaths, clock.random);
    if (waitMs > 0) log.info('a worker process is started again', { process: number, inMs: waitMs });
    await clock.sleep(waitMs, this.#over.signal);
    // One that is being started to replace it takes its place.
    if (this.#over.signal.aborted || this.#current || this.#replacing) return;
    this.start().catch(() => undefined);
  }

  #spent(child: Child, spent: Spent): void {
    if (child !== this.#current || this.#replacing || this.#over.signal.aborted) return;
    const { clock, log, number } = this.#deps;
    // One that is so as soon as it has begun must not be replaced again and again.
    this.#deaths = deathsInRow(this.#deaths, child);
    const inMs = waitBeforeStart(this.#deaths, clock.random);
    const { kind, ...more } = spent;
    const facts = { process: number, childPid: child.pid, ...more, inMs };
    log.warn(`a worker process ${SPENT_TEXT[kind]} and is replaced`, facts);
    this.replace(inMs).catch(() => undefined);
  }
}

const SPENT_TEXT: Record<Spent['kind'], string> = {
  outgrown: 'has grown past WORKER_MAX_MEMORY_MB',
  spoiled: 'was left an error that nobody handled',
};
