import fc from 'fast-check';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { outcomes, type SpecEngine, settlementOf } from '../../support/engine.ts';

/** One step; `which` is one of the jobs that run, or of those that wait. */
export type PriorityCommand =
  | { act: 'add'; priority: number; front: boolean }
  | { act: 'delay'; priority: number }
  | { act: 'promote' }
  | { act: 'take'; wanted: number }
  | { act: 'end'; which: number; outcome: Outcome }
  | { act: 'release' | 'remove' | 'retry'; which: number }
  | { act: 'setPriority'; which: number; priority: number }
  | { act: 'pause' | 'resume' };

const HOUR_MS = 3_600_000;
const priority = fc.nat(9);
const which = fc.nat(20);
const outcome = fc.constantFrom<Outcome>(
  outcomes.succeeded,
  outcomes.failed,
  outcomes.interrupted,
  outcomes.retryIn(0),
  outcomes.snoozed(HOUR_MS),
);
const stepOf = <Act extends PriorityCommand['act']>(weight: number, act: Act, fields = {}) => ({
  weight,
  arbitrary: fc.record({ act: fc.constant(act), ...fields }),
});

/** Sequences of steps on a queue with priorities. */
export const priorityCommands = fc.array(
  fc.oneof(
    stepOf(8, 'add', { priority, front: fc.oneof(fc.constant(false), fc.boolean()) }),
    stepOf(1, 'delay', { priority }),
    stepOf(1, 'promote'),
    stepOf(6, 'take', { wanted: fc.integer({ min: 1, max: 4 }) }),
    stepOf(5, 'end', { which, outcome }),
    stepOf(1, 'release', { which }),
    stepOf(1, 'remove', { which }),
    stepOf(1, 'retry', { which }),
    stepOf(2, 'setPriority', { which, priority }),
    stepOf(1, 'pause'),
    stepOf(2, 'resume'),
  ) as fc.Arbitrary<PriorityCommand>,
  { minLength: 10, maxLength: 60 },
);

interface ModelJob {
  id: string;
  priority: number;
  front: boolean;
}

/** A queue with priorities and no limits, beside a model that says what is to be taken next. */
export class PriorityQueue {
  readonly #engine: SpecEngine;
  readonly #session: Session;
  /** By priority, the next first. */
  readonly #lines: ModelJob[][] = Array.from({ length: 10 }, () => []);
  /** What came, and what was given back, since a take last sorted: the last of either goes to the head last. */
  #arrived: ModelJob[] = [];
  #returned: ModelJob[] = [];
  readonly #delayed: ModelJob[] = [];
  readonly #failed: ModelJob[] = [];
  #running: { taken: Taken; job: ModelJob }[] = [];
  #isPaused = false;
  #added = 0;

  constructor(engine: SpecEngine) {
    this.#engine = engine;
    this.#session = engine.session();
  }

  /** Makes a step; resolves with what was taken by it, and what should have been. */
  async step(command: PriorityCommand): Promise<{ taken: string[]; expected: string[] }> {
    if (command.act === 'take') return this.#take(command.wanted);
    await this.#change(command);
    return { taken: [], expected: [] };
  }

  /** Lets all run that there is; resolves with what was taken, and what should have been, in their order. */
  async finish(): Promise<{ taken: string[]; expected: string[] }> {
    await this.#change({ act: 'resume' });
    while (this.#delayed.length > 0) await this.#change({ act: 'promote' });
    while (this.#running.length > 0) await this.#end(0, outcomes.succeeded);
    return this.#take(1_000);
  }

  async #change(command: Exclude<PriorityCommand, { act: 'take' }>): Promise<void> {
    const { store } = this.#engine;
    switch (command.act) {
      case 'add':
        return this.#add(command);
      case 'delay': {
        const job = this.#new(command.priority, false);
        await this.#engine.save(job.id, optionsOf(job), { inMs: HOUR_MS });
        this.#delayed.push(job);
        return;
      }
      case 'promote': {
        const job = this.#delayed.shift();
        if (!job) return;
        await store.promote(job.id);
        this.#arrived.push(job);
        return;
      }
      case 'end':
        return this.#end(command.which, command.outcome);
      case 'release': {
        const one = pick(this.#running, command.which);
        if (!one) return;
        this.#running = this.#running.filter((other) => other !== one);
        await this.#session.release([one.job.id]);
        this.#returned.push(one.job);
        return;
      }
      case 'remove': {
        const job = pick(this.#waiting(), command.which);
        if (!job) return;
        await store.remove(job.id);
        return this.#drop(job);
      }
      case 'retry': {
        const job = pick(this.#failed, command.which);
        if (!job) return;
        this.#failed.splice(this.#failed.indexOf(job), 1);
        await store.retry(job.id, 1);
        this.#arrived.push(job);
        return;
      }
      case 'setPriority': {
        const job = pick([...this.#waiting(), ...this.#delayed], command.which);
        if (!job) return;
        await store.setPriority(job.id, { priority: command.priority });
        const waits = !this.#delayed.includes(job);
        if (waits) this.#drop(job);
        job.priority = command.priority;
        if (waits) this.#arrived.push(job);
        return;
      }
      case 'pause':
        this.#isPaused = true;
        await store.pause('spec', 1);
        return;
      case 'resume':
        this.#isPaused = false;
        await store.resume();
        return;
      default:
        return command satisfies never;
    }
  }

  async #add({ priority: level, front }: { priority: number; front: boolean }): Promise<void> {
    const job = this.#new(level, front);
    await this.#engine.save(job.id, optionsOf(job));
    this.#arrived.push(job);
  }

  async #take(wanted: number): Promise<{ taken: string[]; expected: string[] }> {
    const { taken } = await this.#session.exchange([], wanted);
    if (!this.#isPaused) this.#sort();
    const expected = this.#isPaused ? [] : this.#lines.flat().slice(0, wanted);
    for (const job of expected) this.#drop(job);
    this.#running.push(
      ...taken.flatMap((one) => {
        const job = expected.find(({ id }) => id === one.id);
        return job ? [{ taken: one, job }] : [];
      }),
    );
    return { taken: taken.map(({ id }) => id), expected: expected.map(({ id }) => id) };
  }

  async #end(which: number, how: Outcome): Promise<void> {
    const one = pick(this.#running, which);
    if (!one) return;
    this.#running = this.#running.filter((other) => other !== one);
    await this.#session.exchange([settlementOf(one.taken, how)], 0);
    const { job } = one;
    if (how.kind === 'failed') this.#failed.push(job);
    else if (how.kind === 'interrupted') this.#returned.push(job);
    else if (how.kind === 'snoozed') this.#delayed.push(job);
    else if (how.kind === 'retry') this.#arrived.push(job);
    if (!this.#isPaused) this.#sort();
  }

  #new(level: number, front: boolean): ModelJob {
    return { id: `job-${String(this.#added++).padStart(3, '0')}`, priority: level, front };
  }

  /** Into the lines: what was given back first, so that what came with `front` meanwhile stands before it. */
  #sort(): void {
    for (const job of this.#returned) this.#line(job).unshift(job);
    for (const job of this.#arrived) {
      if (job.front) this.#line(job).unshift(job);
      else this.#line(job).push(job);
    }
    this.#returned = [];
    this.#arrived = [];
  }

  #waiting(): ModelJob[] {
    return [...this.#lines.flat(), ...this.#returned, ...this.#arrived];
  }

  #drop(job: ModelJob): void {
    for (const list of [this.#line(job), this.#returned, this.#arrived]) {
      const at = list.indexOf(job);
      if (at >= 0) list.splice(at, 1);
    }
  }

  #line({ priority: level }: ModelJob): ModelJob[] {
    return this.#lines[level] ?? [];
  }
}

function optionsOf({ priority: level, front }: ModelJob): { priority?: number; front?: true } {
  return { ...(level !== 4 && { priority: level }), ...(front && { front }) };
}

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % Math.max(1, list.length)];
}
