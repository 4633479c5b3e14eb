import type { Clock } from '../clock.ts';
import { codeOf } from '../code-of.ts';
import { type Blocker, UNKNOWN_BLOCKER } from '../engine/lease/block-looks.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { LaneHooks } from '../engine/pump/lane-hooks.ts';
import type { Blocked } from '../engine/pump/loop-watch.ts';
import type { Ending } from '../engine/pump/outcome.ts';
import type { TimeBound } from '../engine/pump/time-bounds.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import type { Recovered } from '../engine/session/session.ts';
import { coerceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { nameKeys } from '../redis/named-keys.ts';
import { toUnavailable, troubleIn } from '../redis/unavailable.ts';
import { Repeats } from '../repeats.ts';
import type { JobFacts, WorkerEmitter } from './events.ts';
import { ageMsOf, factsOf, waitedMsOf } from './facts.ts';

/** How many jobs one line of the log names. */
const MOST_NAMED = 10;
/** For how long a refused duty is told of. The rarest duty runs once a minute, so it is refused again by then. */
const REFUSED_MS = 90_000;
/** How many ids of stray jobs one line of the log names. */
const STRAYS_NAMED = 20;

/** What the reporter works with. */
interface ReporterDeps {
  log: Logger;
  clock: Clock;
  /** What those who listen are told of an error of Redis. */
  told: (error: unknown) => Error;
}

/**
 * Turns what a lane tells into events and one log record each. What is told of every job is put together only where
 * somebody listens or it is written: it would cost more than running a small job.
 */
export class Reporter implements LaneHooks {
  readonly #events: WorkerEmitter;
  readonly #log: Logger;
  readonly #writesDebug: boolean;
  readonly #repeats: Repeats;
  readonly #clock: Clock;
  readonly #told: ReporterDeps['told'];
  #isClosing = false;
  #refused: { duty: string; at: number } | null = null;

  constructor(events: WorkerEmitter, { log, clock, told }: ReporterDeps) {
    this.#events = events;
    this.#log = log;
    this.#repeats = new Repeats(clock);
    this.#clock = clock;
    this.#told = told;
    this.#writesDebug = log.writes?.('debug') ?? true;
  }

  /** An attempt begins. */
  started(job: ActiveJob): void {
    if (this.#writesDebug) this.#log.debug('job started', { ...factsOf(job) });
    if (!this.#events.hears('job:started')) return;
    const { queue, type, id, attempt } = job;
    this.#events.tell('job:started', { queue, type, id, attempt, waitedMs: waitedMsOf(job, job.startedAt) });
  }

  /** The time of an attempt is over, and its handler has not ended. */
  overdue(job: ActiveJob, { limitMs, reason }: TimeBound): void {
    const facts = { ...factsOf(job), limitMs, reason };
    this.#log.warn('the time of a job is over; its slot is taken until its handler ends', facts);
    this.#events.tell('job:overdue', facts);
  }

  /** A handler has ended whose attempt had ended before it, by its time. */
  late(job: ActiveJob, ending: Ending): void {
    const lateMs = job.now() - (job.abortedAt ?? job.now());
    const thrown = ending.kind === 'threw' ? { err: coerceError(ending.thrown) } : {};
    const facts = { ...factsOf(job), lateMs, ...thrown };
    this.#log.info('a handler ended after its attempt; what came of it is dropped', facts);
  }

  /** Its handler has not ended even when the grace was over. */
  deaf(job: ActiveJob): void {
    this.#log.error('handler ignores its signal; its slot was freed', { ...factsOf(job) });
  }

  settled(job: ActiveJob, outcome: Outcome, durationMs: number): void {
    if (outcome.kind === 'succeeded') this.#succeeded(job, durationMs);
    else this.#reportOther(job, outcome, durationMs);
  }

  /** A job became failed by itself out of a group. */
  split(facts: JobFacts, totalMs: number | null, error: Error): void {
    const as = 'discarded';
    this.#log.error('job failed for good', { ...facts, outcome: as, err: error });
    this.#events.tell('job:failed', { ...facts, durationMs: 0, totalMs, error, as });
  }

  fenced(job: ActiveJob): void {
    const facts = factsOf(job);
    this.#log.warn('job ended after its claim was gone; its end changed nothing', { ...facts });
    this.#events.tell('job:fenced', facts);
  }

  recovered(queue: string, { returned, orphans }: Recovered): void {
    this.#returned({ queue, ids: returned, reason: 'lost' });
    this.#returned({ queue, ids: orphans, reason: 'orphaned' });
  }

  /** Jobs that were nowhere were put back. */
  strays(queue: string, ids: readonly string[]): void {
    const [first, reason] = [ids.slice(0, STRAYS_NAMED), 'stray'] as const;
    this.#log.error('jobs that were in no list were put back where their records say', {
      queue,
      reason,
      count: ids.length,
      ids: first,
    });
    this.#events.tell('jobs:recovered', { queue, ids, reason });
  }

  /**
   * Redis failed a duty of the worker, of one queue or of none in particular. In the log that is one line a minute for
   * each cause: where Redis as a whole is in trouble that is no matter of the queue.
   */
  troubled(queue: string | null, duty: string, thrown: unknown): void {
    const error = nameKeys(coerceError(thrown));
    const code = codeOf(error);
    if (troubleIn(error.cause ?? error)?.reason === 'NOPERM')
      this.#refused = { duty, at: this.#clock.elapsed() };
    // What is still asked when we close our connections fails by that.
    if (this.#isClosing && code === 'CLOSED') return;
    const place = toUnavailable(error) ? '' : queue;
    const untold = this.#repeats.untold([duty, place, code ?? error.message].join(' '));
    if (untold !== null) {
      const where = queue === null ? {} : { queue };
      const more = untold > 0 ? { untold } : {};
      const fields = { ...where, duty, ...more, err: error };
      this.#log.warn('Redis failed a duty of the worker; trying again', fields);
    }
    this.#events.tell('duty:failed', { queue, duty, error: this.#told(error) });
  }

  /**
   * A duty for which the rights of its user of Redis do not suffice, as seen within the last minute and a half; or
   * null.
   */
  get refusedDuty(): string | null {
    const isNew = this.#refused !== null && this.#clock.elapsed() - this.#refused.at < REFUSED_MS;
    return isNew ? (this.#refused?.duty ?? null) : null;
  }

  /** Nobody keeps its leases while a handler blocks the event loop. */
  unkept(error: Error): void {
    const text = 'no thread keeps the leases: what blocks the event loop for longer than one costs all jobs';
    this.#log.warn(text, { err: error });
  }

  /** From now on the connections are being closed. */
  closing(): void {
    this.#isClosing = true;
  }

  /** The event loop stood still: nothing else ran. */
  blocked({ blockedMs, jobs }: Blocked, { job, at }: Blocker = UNKNOWN_BLOCKER): void {
    const where = at === null ? {} : { at };
    if (job) {
      const text = 'a handler blocked the event loop: nothing else of this process ran';
      this.#log.warn(text, { ...job, blockedMs, ...where });
    } else {
      const named = jobs.slice(0, MOST_NAMED).map(({ type, id }) => `${type} ${id}`);
      const text = 'the event loop stood still: a handler blocked it, or the process was stopped';
      this.#log.warn(text, { blockedMs, ...where, count: jobs.length, jobs: named.join(', ') });
    }
    this.#events.tell('loop:blocked', { blockedMs, jobs: jobs.map(factsOf), by: job, at });
  }

  #succeeded(job: ActiveJob, durationMs: number): void {
    if (this.#writesDebug) this.#log.debug('job succeeded', { ...factsOf(job), durationMs });
    if (!this.#events.hears('job:succeeded')) return;
    const { queue, type, id, attempt } = job;
    const totalMs = totalMsOf(job, durationMs);
    this.#events.tell('job:succeeded', { queue, type, id, attempt, durationMs, totalMs });
  }

  #reportOther(job: ActiveJob, outcome: Exclude<Outcome, { kind: 'succeeded' }>, durationMs: number): void {
    const facts = factsOf(job);
    switch (outcome.kind) {
      case 'retry': {
        const { error, delayMs } = outcome;
        this.#log.warn('job failed and will be retried', { ...facts, durationMs, delayMs, err: error });
        this.#events.tell('job:retried', { ...facts, durationMs, delayMs, error });
        break;
      }
      case 'failed': {
        const { error, as } = outcome;
        this.#log.error('job failed for good', { ...facts, durationMs, outcome: as, err: error });
        const totalMs = totalMsOf(job, durationMs);
        this.#events.tell('job:failed', { ...facts, durationMs, totalMs, error, as });
        break;
      }
      case 'snoozed': {
        const { delayMs, error, awaits } = outcome;
        const { signals } = awaits ?? {};
        if (signals)
          this.#log.debug('job waits for a signal', { ...facts, signals: signals.join(', '), delayMs });
        else if (error)
          this.#log.info('job was put off by an error that is no failure', { ...facts, delayMs, err: error });
        else this.#log.debug('job asked to be run later', { ...facts, delayMs });
        const told = { ...facts, delayMs, ...(error && { error }), ...(signals && { signals }) };
        this.#events.tell('job:snoozed', told);
        break;
      }
      case 'interrupted':
        this.#log.info('job was interrupted by the shutdown and went back', { ...facts });
        this.#events.tell('job:interrupted', facts);
        break;
      default:
        outcome satisfies never;
    }
  }

  #returned(facts: { queue: string; ids: readonly string[]; reason: 'lost' | 'orphaned' }): void {
    if (facts.ids.length === 0) return;
    const { queue, ids, reason } = facts;
    this.#log.warn('jobs nobody worked on any more went back to waiting', {
      queue,
      reason,
      count: ids.length,
    });
    this.#events.tell('jobs:recovered', facts);
  }
}

function totalMsOf({ record, startedAt }: ActiveJob, durationMs: number): number | null {
  return ageMsOf(record, startedAt + durationMs);
}
