import type { Exchange } from '../../../lib/engine/session/session.ts';
import type { Ending } from './command.ts';
import { LockModel } from './lock-model.ts';

/** What the specs look at after each command, read from Redis and told by the model alike. */
export interface Picture {
  /** Left to right, so the next to run is the last. */
  waiting: string[];
  moved: string[];
  active: string[];
  delayed: string[];
  /** Newest first. */
  succeeded: string[];
  /** Oldest first. */
  failed: string[];
  /** Data and retries left of each job that exists. */
  jobs: Record<string, { data: unknown; retries: number }>;
  losses: Record<string, number>;
  /** The ids that each incarnation on the list of workers holds. */
  claims: Record<string, string[]>;
  suspects: string[];
  revoked: string[];
  claimNames: Record<string, string>;
  isPaused: boolean;
  uniques: Record<string, string>;
  /** Holder and parked job of each unique key. */
  locks: Record<string, (string | null)[]>;
}

interface ModelJob {
  data: unknown;
  retries: number;
  /** What the last settle wrote, as long as nobody wrote anything else; else ''. */
  settled: string;
  /** The unique key it was added under. */
  unique?: string;
}

/** How an attempt ended, and how many retries its record says are left then. */
export interface ModelEnding {
  id: string;
  ending: Ending;
  retries: number;
  /** The name of the claim, where a wait made it. */
  claimName: string | undefined;
  /** The record that goes with it, '' for an ending that writes none. */
  record: string;
}

/** How a take is made. */
interface TakeHow {
  wanted: number;
  joins: boolean;
  /** The name of its claims, where a wait makes them. */
  claimName?: string;
}

/** How many of each kind of finished jobs are kept, and how many losses fail a job. */
export const KEPT = 2;
export const LOSS_LIMIT = 2;

/** What one queue is to hold, said in the plainest way: a few lists and maps, one method per command. */
export class QueueModel {
  waiting: string[] = [];
  /** What blocking moves have brought until somebody finds it. */
  moved: string[] = [];
  active = new Set<string>();
  /** When each is due: a number of the past, or null for some time to come. */
  delayed = new Map<string, number | null>();
  succeeded: string[] = [];
  failed: string[] = [];
  jobs = new Map<string, ModelJob>();
  losses = new Map<string, number>();
  claims = new Map<string, Set<string>>();
  lapsed = new Set<string>();
  suspects = new Set<string>();
  /** `<incarnation>:<id>` of what was removed while it was held, until the holder has heard of it. */
  revoked = new Set<string>();
  claimNames = new Map<string, string>();
  isPaused = false;
  readonly locks = new LockModel(this);

  add(id: string, data: unknown, { retries, due }: { retries: number; due: number | null | 'now' }): boolean {
    if (this.jobs.has(id)) return false;
    this.jobs.set(id, { data, retries, settled: '' });
    if (due === 'now') this.waiting.unshift(id);
    else this.delayed.set(id, due);
    return true;
  }

  /** A blocking move brought the next id. */
  block(): string | null {
    const id = this.waiting.pop();
    if (id !== undefined) this.moved.unshift(id);
    return id ?? null;
  }

  /** What was moved and not found goes back to the head of waiting. */
  returnMoved(): void {
    this.waiting.push(...this.moved.splice(0));
  }

  /** Takes as any take where something was moved; null where nothing was. */
  pickUp(incarnation: string, how: TakeHow): { state: Exchange['state']; ids: string[] } | null {
    const id = this.moved.pop();
    if (id === undefined) return null;
    this.waiting.push(id);
    return this.take(incarnation, how);
  }

  /** Refuses as the script does, else claims what waits. */
  take(
    incarnation: string,
    { wanted, joins, claimName }: TakeHow,
  ): { state: Exchange['state']; ids: string[] } {
    const state = this.#stateFor(incarnation, joins);
    if (state !== 'ok') return { state, ids: [] };
    if (joins && !this.claims.has(incarnation)) this.claims.set(incarnation, new Set());
    const ids: string[] = [];
    const aside: string[] = [];
    while (ids.length < wanted) {
      const id = this.waiting.pop();
      if (id === undefined) break;
      // Of those that were there at a death, one at a time, and none by a wait.
      const maySuspect = claimName === undefined && !ids.some((one) => this.losses.has(one));
      if (this.losses.has(id) && !maySuspect) aside.push(id);
      else ids.push(id);
    }
    this.waiting.push(...aside.reverse());
    for (const id of ids) this.#claim(incarnation, id, claimName);
    return { state, ids };
  }

  #stateFor(incarnation: string, joins: boolean): Exchange['state'] {
    if (!joins && !this.claims.has(incarnation)) return 'burnt';
    if (this.isPaused) return 'paused';
    return this.revokedOf(incarnation).length > 0 ? 'revoked' : 'ok';
  }

  /** The ids of what was removed while this incarnation held it, of which it has not heard. */
  revokedOf(incarnation: string): string[] {
    const start = `${incarnation}:`;
    return [...this.revoked].filter((one) => one.startsWith(start)).map((one) => one.slice(start.length));
  }

  /** The incarnation has dropped these. */
  hear(incarnation: string, ids: readonly string[]): void {
    for (const id of ids) this.revoked.delete(`${incarnation}:${id}`);
  }

  /** The incarnation is off the list of workers. */
  forget(incarnation: string): void {
    this.hear(incarnation, this.revokedOf(incarnation));
    this.claims.delete(incarnation);
    this.lapsed.delete(incarnation);
  }

  /** The incarnation is on the list of workers from now on. */
  join(incarnation: string): void {
    this.claims.set(incarnation, new Set());
  }

  holds(incarnation: string, id: string): boolean {
    return this.claims.get(incarnation)?.has(id) ?? false;
  }

  holderOf(id: string): string | null {
    for (const [incarnation, ids] of this.claims) if (ids.has(id)) return incarnation;
    return null;
  }

  /** The claim goes, and the job leaves active; true when there was a claim and the job was there. */
  drop(incarnation: string, id: string): boolean {
    if (this.claims.get(incarnation)?.delete(id) !== true) return false;
    this.claimNames.delete(id);
    return this.active.delete(id);
  }

  /** A stock worker took a running job for stalled: it goes back without a look at our claims. */
  stall(id: string): boolean {
    if (!this.active.delete(id)) return false;
    this.waiting.unshift(id);
    return true;
  }

  /**
   * Ends attempts; returns the ids that were not held, of which nothing changes. One that is settled again by the very
   * same record is none of these.
   */
  settle(incarnation: string, ended: readonly ModelEnding[]): string[] {
    const isAgain = ended.filter(({ id, record }) => record !== '' && this.jobs.get(id)?.settled === record);
    const held = ended.filter(
      ({ id, claimName }) => this.claimNames.get(id) === claimName && this.drop(incarnation, id),
    );
    for (const { id, ending, retries, record } of held) {
      this.suspects.delete(id);
      const job = this.jobs.get(id);
      if (job && record !== '') job.settled = record;
      if (job && (ending === 'retryNow' || ending === 'retryLater')) job.retries = retries;
      if (ending === 'retryNow') this.waiting.unshift(id);
      if (ending === 'retryLater' || ending === 'snoozed') this.delayed.set(id, null);
    }
    const interrupted = held.filter(({ ending }) => ending === 'interrupted');
    this.waiting.push(...interrupted.map(({ id }) => id).reverse());
    this.#succeed(held.filter(({ ending }) => ending === 'succeeded').map(({ id }) => id));
    this.#fail(held.filter(({ ending }) => ending === 'failed').map(({ id }) => id));
    for (const { id, ending } of held)
      if (ending === 'succeeded' || ending === 'failed') this.locks.unlock(id);
    return ended.filter((one) => !held.includes(one) && !isAgain.includes(one)).map(({ id }) => id);
  }

  /** What an incarnation held goes back, in Redis's order, or to `own` when it was lost too often. */
  recover(dead: string, own: string, order: readonly string[]): { returned: string[]; doomed: string[] } {
    const returned: string[] = [];
    const doomed: string[] = [];
    const claimed = [...(this.claims.get(dead) ?? [])];
    const before = claimed.filter((id) => this.losses.has(id));
    for (const id of byOrder(claimed, order)) {
      if (!this.drop(dead, id)) continue;
      const counts = before.length === 0 || (before.length === 1 && before[0] === id);
      const losses = (this.losses.get(id) ?? 0) + (counts ? 1 : 0);
      this.losses.set(id, losses);
      if (counts && losses >= LOSS_LIMIT && !this.revoked.has(`${own}:${id}`)) {
        this.#claim(own, id);
        doomed.push(id);
      } else {
        this.waiting.push(id);
        returned.push(id);
      }
    }
    this.forget(dead);
    return { returned, doomed };
  }

  /** What was suspected before and nobody claims goes back, in Redis's order; then all that is active is suspected. */
  returnOrphans(order: readonly string[]): string[] {
    const orphans = [...this.suspects].filter((id) => this.active.has(id) && this.holderOf(id) === null);
    for (const id of byOrder(orphans, order)) {
      this.active.delete(id);
      this.waiting.unshift(id);
    }
    this.suspects = new Set(this.active);
    return orphans;
  }

  /** Gives back to the head of waiting what this incarnation holds, the first one first to run again. */
  release(incarnation: string, ids: readonly string[]): number {
    const released = ids.filter((id) => this.drop(incarnation, id));
    this.waiting.push(...released.reverse());
    return released.length;
  }

  promoteDue(): number {
    const due = [...this.delayed].filter(([, at]) => at !== null).sort(byTimeThenId);
    for (const [id] of due) {
      this.delayed.delete(id);
      this.waiting.unshift(id);
    }
    return due.length;
  }

  promote(id: string): boolean {
    if (!this.delayed.delete(id)) return false;
    this.waiting.unshift(id);
    return true;
  }

  retry(id: string, retries: number): boolean {
    const job = this.jobs.get(id);
    if (!job || !this.failed.includes(id)) return false;
    this.failed = without(this.failed, id);
    job.retries = retries;
    job.settled = '';
    this.waiting.unshift(id);
    this.locks.retake(id);
    return true;
  }

  update(id: string, data: unknown): boolean {
    const job = this.jobs.get(id);
    if (!job || this.active.has(id)) return false;
    job.data = data;
    job.settled = '';
    return true;
  }

  remove(id: string): string | null {
    const state = this.stateOf(id);
    this.jobs.delete(id);
    this.waiting = without(this.waiting, id);
    this.active.delete(id);
    this.delayed.delete(id);
    this.succeeded = without(this.succeeded, id);
    this.failed = without(this.failed, id);
    for (const [incarnation, ids] of this.claims)
      if (ids.delete(id)) this.revoked.add(`${incarnation}:${id}`);
    this.claimNames.delete(id);
    this.moved = without(this.moved, id);
    this.losses.delete(id);
    this.suspects.delete(id);
    this.locks.unlock(id);
    return state;
  }

  stateOf(id: string): string | null {
    if (this.waiting.includes(id) || this.moved.includes(id)) return 'waiting';
    if (this.active.has(id)) return 'active';
    if (this.delayed.has(id)) return 'delayed';
    if (this.succeeded.includes(id)) return 'succeeded';
    return this.failed.includes(id) ? 'failed' : null;
  }

  picture(): Picture {
    const claims = [...this.claims].map(([incarnation, ids]) => [incarnation, [...ids].sort()]);
    return {
      waiting: this.waiting,
      moved: this.moved,
      active: [...this.active].sort(),
      delayed: [...this.delayed.keys()].sort(),
      succeeded: this.succeeded,
      failed: this.failed,
      jobs: Object.fromEntries([...this.jobs].map(([id, { data, retries }]) => [id, { data, retries }])),
      losses: Object.fromEntries(this.losses),
      claims: Object.fromEntries(claims),
      suspects: [...this.suspects].sort(),
      revoked: [...this.revoked].sort(),
      claimNames: Object.fromEntries(this.claimNames),
      isPaused: this.isPaused,
      ...this.locks.picture(),
    };
  }

  #claim(incarnation: string, id: string, claimName?: string): void {
    this.active.add(id);
    this.claims.get(incarnation)?.add(id);
    if (claimName === undefined) this.claimNames.delete(id);
    else this.claimNames.set(id, claimName);
  }

  #succeed(ids: readonly string[]): void {
    for (const id of ids) {
      this.succeeded.unshift(id);
      this.losses.delete(id);
    }
    for (const id of this.succeeded.splice(KEPT)) this.jobs.delete(id);
  }

  #fail(ids: readonly string[]): void {
    for (const id of [...ids].sort()) {
      this.failed.push(id);
      this.losses.delete(id);
    }
    for (const id of this.failed.splice(0, Math.max(0, this.failed.length - KEPT))) this.jobs.delete(id);
  }
}

function without(ids: readonly string[], id: string): string[] {
  return ids.filter((one) => one !== id);
}

/** The same ids in the order in which Redis, which draws from sets as it likes, says that it took them. */
function byOrder(ids: readonly string[], order: readonly string[]): string[] {
  return [...ids].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

function byTimeThenId([idA, a]: [string, number | null], [idB, b]: [string, number | null]): number {
  return (a ?? 0) - (b ?? 0) || (idA < idB ? -1 : 1);
}
