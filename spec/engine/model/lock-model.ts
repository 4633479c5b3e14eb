import type { UniqueSaved } from '../../../lib/engine/unique/unique.ts';

/** When a job may start: now, at a time that is over, or (null) some time to come. */
export type Due = number | null | 'now';

/** The part of a queue that unique keys are about. */
interface Lockable {
  waiting: string[];
  moved: string[];
  active: Set<string>;
  delayed: Map<string, number | null>;
  jobs: Map<string, { data: unknown; retries: number; settled: string; unique?: string }>;
  losses: Map<string, number>;
  add(id: string, data: unknown, options: { retries: number; due: Due }): boolean;
}

/** A job that is added under a unique key. */
export interface UniqueModelAdd {
  id: string;
  data: unknown;
  retries: number;
  due: Due;
  key: string;
  replaces: boolean;
}

/** Which jobs hold which unique keys, and which are parked behind them; none of them has a time limit. */
export class LockModel {
  /** The key that each job holds or waits for, by id. */
  readonly keys = new Map<string, string>();
  readonly locks = new Map<string, { holder: string; next: { id: string; due: Due } | null }>();
  readonly #queue: Lockable;

  constructor(queue: Lockable) {
    this.#queue = queue;
  }

  add(job: UniqueModelAdd): UniqueSaved {
    const { id, key, due, replaces } = job;
    if (this.#queue.jobs.has(id)) return { outcome: 'existed', id };
    const lock = this.locks.get(key);
    if (!lock) {
      this.locks.set(key, { holder: id, next: null });
      this.#create(job, due);
      return { outcome: 'created', id, state: due === 'now' ? 'waiting' : 'delayed' };
    }
    if (!replaces) return { outcome: 'held', id: lock.holder };
    if (lock.next && !this.#queue.active.has(lock.next.id)) {
      this.#rewrite(lock.next.id, job);
      lock.next.due = due;
      // It waits where it was put by hand, or else becomes parked anew.
      const { waiting, moved, delayed } = this.#queue;
      if (![...waiting, ...moved].includes(lock.next.id)) delayed.set(lock.next.id, null);
      return { outcome: 'replaced', id: lock.next.id };
    }
    if (!this.#queue.active.has(lock.holder)) {
      lock.next = null;
      this.#replaceHolder(lock.holder, job);
      return { outcome: 'replaced', id: lock.holder };
    }
    lock.next = { id, due };
    this.#create(job, null);
    return { outcome: 'created', id, state: 'delayed' };
  }

  /** A job has ended or is gone: its key is free, or goes to who is parked behind it. */
  unlock(id: string): void {
    const key = this.keys.get(id);
    if (key === undefined) return;
    this.keys.delete(id);
    const lock = this.locks.get(key);
    if (lock?.next?.id === id) lock.next = null;
    if (lock?.holder !== id) return;
    if (lock.next) this.#handOn(key, lock.next);
    else this.locks.delete(key);
  }

  /** A failed job lives again, and has its key again if that is free. */
  retake(id: string): void {
    const key = this.#queue.jobs.get(id)?.unique;
    if (key === undefined || this.locks.has(key)) return;
    this.locks.set(key, { holder: id, next: null });
    this.keys.set(id, key);
  }

  /** Who has what, as it is read from Redis. */
  picture(): { uniques: Record<string, string>; locks: Record<string, (string | null)[]> } {
    const locks = [...this.locks].map(([key, { holder, next }]) => [key, [holder, next?.id ?? null]]);
    return { uniques: Object.fromEntries(this.keys), locks: Object.fromEntries(locks) };
  }

  #create({ id, data, retries, key }: UniqueModelAdd, due: Due): void {
    this.#queue.add(id, data, { retries, due });
    this.#mark(id, key);
    this.keys.set(id, key);
  }

  #replaceHolder(holder: string, job: UniqueModelAdd): void {
    this.#rewrite(holder, job);
    this.#queue.losses.delete(holder);
    if (job.due === 'now') return;
    this.#queue.waiting = this.#queue.waiting.filter((one) => one !== holder);
    this.#queue.moved = this.#queue.moved.filter((one) => one !== holder);
    this.#queue.delayed.set(holder, job.due);
  }

  #rewrite(id: string, { data, retries, key }: UniqueModelAdd): void {
    this.#queue.jobs.set(id, { data, retries, settled: '' });
    this.#mark(id, key);
  }

  #mark(id: string, key: string): void {
    const job = this.#queue.jobs.get(id);
    if (job) job.unique = key;
  }

  #handOn(key: string, { id, due }: { id: string; due: Due }): void {
    this.locks.set(key, { holder: id, next: null });
    if (due === null || !this.#queue.delayed.delete(id)) return;
    this.#queue.waiting.unshift(id);
  }
}
