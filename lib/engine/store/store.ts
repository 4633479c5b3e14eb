import { type GroupJoin, JOIN_CHUNK, joinGroup, leaveGroup, promoteMember } from '../groups/groups.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import { type BatchSaved, type BatchToSave, MEMBER_CHUNK, saveBatch } from '../links/batch.ts';
import { type FlowSaved, type FlowToSave, isSpread, STEP_CHUNK, saveFlow } from '../links/flow.ts';
import { carryAll } from '../links/hand-over.ts';
import { MOST_DATA_BYTES, requireDataSize } from '../record/data-size.ts';
import { type NewJob, toJson } from '../record/new-job.ts';
import { type RedisClient, runScript, type ScriptReply } from '../scripts.ts';
import { PARKED_LOOK_MS } from '../unique/unique.ts';
import type { RemovalResult, RepairResult } from './repair-result.ts';
import { newDataOf, newPriorityOf, newStartOf, type Rewrite, retryOf, rewriteJob } from './rewrite.ts';
import type { Route } from './route.ts';
import { Saver } from './saver.ts';
import { readState } from './states.ts';

/** How many jobs one call moves or removes. */
const STEP = 1_000;

/**
 * What changes the jobs of one queue from outside a worker: adds, retries, removes, rewrites, pauses. What callers ask
 * for over one connection is done in the order of their calls.
 */
export class Store extends Saver {
  readonly #mostDataBytes: number;

  /** The data that a job is given in place of its own may have so many bytes as JSON. */
  constructor(client: RedisClient, keys: QueueKeys, mostDataBytes = MOST_DATA_BYTES, route?: Route) {
    super(client, keys, route);
    this.#mostDataBytes = mostDataBytes;
  }

  /** Stores jobs that share start and options in the group in which they wait. */
  saveGrouped(jobs: readonly NewJob[], join: GroupJoin): Promise<boolean[]> {
    return this.#inOneGo(jobs.length <= JOIN_CHUNK, () => joinGroup(this.deps, jobs, join));
  }

  /** Stores a batch whose last job is for this queue, after a look that may refuse it where one is given. */
  saveBatch(batch: BatchToSave, look: (() => Promise<void>) | null = null): Promise<BatchSaved> {
    const save = (): Promise<BatchSaved> => saveBatch(this.deps, batch);
    return this.#inOneGo(batch.members.length <= MEMBER_CHUNK, save, look);
  }

  /** Stores a workflow that this queue is to keep, likewise. */
  async saveFlow(flow: FlowToSave, look: (() => Promise<void>) | null = null): Promise<FlowSaved> {
    const save = (): Promise<FlowSaved> => saveFlow(this.deps, flow);
    const saved = await this.#inOneGo(flow.steps.length <= STEP_CHUNK, save, look);
    // The answer waits for no other slot: what cannot be carried now, a worker carries.
    if (isSpread(this.keys, flow)) this.outbox.inOrder(() => carryAll(this.deps)).catch(() => undefined);
    return saved;
  }

  #inOneGo<T>(
    isOneCall: boolean,
    call: () => Promise<T>,
    look: (() => Promise<void>) | null = null,
  ): Promise<T> {
    if (look) return this.outbox.hold(() => look().then(call));
    return isOneCall ? this.outbox.inOrder(call) : this.outbox.hold(call);
  }

  /**
   * Offers a failed job again with `retries` further attempts, at a time (epoch ms), default now; it takes its unique
   * key again if that is free.
   */
  retry(id: string, retries: number, dueAt = 0): Promise<RepairResult> {
    return this.rewrite(id, retryOf(retries, dueAt));
  }

  /** Replaces the data of a job that is not running. */
  updateData(id: string, data: unknown): Promise<RepairResult> {
    // Written out now: what its owner does to it later is not part of the call.
    return this.rewrite(id, newDataOf(this.#written(id, data)));
  }

  #written(id: string, data: unknown): string {
    const json = toJson(data);
    requireDataSize(`job ${id}`, json, this.#mostDataBytes);
    return `{"data":${json}}`;
  }

  /**
   * Gives a waiting or delayed job another priority, 0 (first) to 9, with other data where some are given. It is the
   * last of its new priority, unless it goes in front.
   */
  setPriority(id: string, { priority, data }: { priority: number; data?: unknown }): Promise<RepairResult> {
    return this.rewrite(
      id,
      newPriorityOf(priority, data === undefined ? undefined : this.#written(id, data)),
    );
  }

  /**
   * Has a waiting or delayed job start at another time (epoch ms), with other data and another priority where some are
   * given.
   */
  reschedule(
    id: string,
    { runAt, data, priority }: { runAt: number; data?: unknown; priority?: number },
  ): Promise<RepairResult> {
    const written = data === undefined ? undefined : this.#written(id, data);
    return this.rewrite(id, newStartOf({ runAt, priority }, written));
  }

  /** Stores the record of a job changed. */
  rewrite(id: string, rewrite: Rewrite): Promise<RepairResult> {
    return this.outbox.inOrder(() => rewriteJob(this.deps, id, rewrite));
  }

  /** Makes a delayed job due now; one that waits in a group joins it now. */
  promote(id: string): Promise<RepairResult> {
    return this.outbox.inOrder(() => this.#promote(id));
  }

  async #promote(id: string): Promise<RepairResult> {
    const call = { script: 'promote', queue: this.keys, args: { id } } as const;
    if (await runScript(this.client, call)) return { done: true };
    const state = await readState(this.client, this.keys, id);
    const isPromoted = state === 'waiting' && (await promoteMember(this.deps, id));
    return isPromoted ? { done: true } : { done: false, state };
  }

  /** Removes a job wherever it is; resolves with the state it was in, or null when there was none. */
  remove(id: string): Promise<JobState | null> {
    return this.outbox.inOrder(() => this.#removeAny(id));
  }

  async #removeAny(id: string): Promise<JobState | null> {
    const state = await this.#remove(id, { sparesRunning: false });
    if (state === 'nowhere') return this.#removeMember(id);
    return state === '' || state === 'running' ? null : state;
  }

  /** Removes a job wherever it is, unless it runs. */
  removeIdle(id: string): Promise<RemovalResult> {
    return this.outbox.inOrder(() => this.#removeIdle(id));
  }

  async #removeIdle(id: string): Promise<RemovalResult> {
    const state = await this.#remove(id, { sparesRunning: true });
    if (state === 'running') return { done: false, state: 'active' };
    if (state === '') return { done: false, state: null };
    return { done: true, was: state === 'nowhere' ? await this.#removeMember(id) : state };
  }

  /**
   * Stops every worker from taking jobs here, until {@link resume}; survives restarts of everything. False when it was
   * so before.
   */
  pause(by: string, at: number): Promise<boolean> {
    return this.#setPause(JSON.stringify({ by, at }));
  }

  /** Lets workers take jobs again; false when they did before. */
  resume(): Promise<boolean> {
    return this.#setPause('');
  }

  #setPause(note: string): Promise<boolean> {
    return runScript(this.client, { script: 'set-pause', queue: this.keys, args: { note } });
  }

  /** Moves up to 1,000 due jobs to waiting; resolves with how many, and in how many ms the next is due. */
  async promoteDue(): Promise<{ moved: number; nextInMs: number | null }> {
    const args = { most: STEP, lookMs: PARKED_LOOK_MS };
    const call = { script: 'promote-due', queue: this.keys, args } as const;
    const [moved, next, now] = await runScript(this.client, call);
    return { moved, nextInMs: next < 0 ? null : Math.max(0, next - now) };
  }

  /**
   * Removes up to 1,000 jobs that failed before a time (epoch ms), or are more than are kept (-1: all); resolves with
   * how many.
   */
  pruneFailed(before: number, kept: number): Promise<number> {
    const args = { before, kept, most: STEP };
    return runScript(this.client, { script: 'prune-failed', queue: this.keys, args });
  }

  /** Removes succeeded jobs, oldest first, as long as they are still the oldest; resolves with how many. */
  async pruneSucceeded(oldestIds: readonly string[]): Promise<number> {
    if (oldestIds.length === 0) return 0;
    return runScript(this.client, { script: 'prune', queue: this.keys, rest: oldestIds });
  }

  #remove(id: string, how: { sparesRunning: boolean }): Promise<ScriptReply<'remove'>> {
    return runScript(this.client, { script: 'remove', queue: this.keys, args: { id, ...how } });
  }

  /** Its record is gone already; a group hands nothing over that has none. */
  async #removeMember(id: string): Promise<JobState> {
    const left = await leaveGroup(this.deps, { id, as: 'removed' });
    return left === 'delayed' ? left : 'waiting';
  }
}
