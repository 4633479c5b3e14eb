import { coerceError } from '../../errors.ts';
import { type GroupJoin, JOIN_CHUNK, joinGroup, leaveGroup, raiseMember } from '../groups/groups.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import { type BatchSaved, type BatchToSave, MEMBER_CHUNK, saveBatch } from '../links/batch.ts';
import type { NewJob } from '../record/new-job.ts';
import { type JobRecord, parseRecord, rewriteRecord, unreadableRecord } from '../record/record.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { toldError } from '../tell-callers.ts';
import { PARKED_LOOK_MS, saveUnique, type UniqueKey, type UniqueSaved } from '../unique/unique.ts';
import { type Outbox, outboxOf } from './outbox.ts';
import { chunksOf, saveArgs } from './save-args.ts';

/** What a repair did: `done`, or why not. */
export type RepairResult = { done: true } | { done: false; state: JobState | null };

/** Whether a job was created, or why it could not be stored. */
export type SaveAnswer = boolean | Error;

/** A change of a record that is read before: by which script, and what that is given beside the record. */
interface Rewrite {
  script: 'retry' | 'rewrite';
  keys: string[];
  edit: (record: JobRecord) => (string | number)[];
  /** A record with the data to store, as text; default those that are stored. */
  withData?: string;
}

/** How many calls are under way at most. */
const CHUNKS_AHEAD = 16;

/** How many jobs one call moves or removes. */
const STEP = 1_000;

/** How often a change is tried again when somebody else changed the job in between. */
const REWRITE_TRIES = 5;

/**
 * What changes the jobs of one queue from outside a worker: adds, retries, removes, rewrites, pauses. What callers ask for
 * over one connection is done in the order of their calls.
 */
export class Store {
  readonly #client: RedisClient;
  readonly #keys: QueueKeys;
  readonly #outbox: Outbox;

  constructor(client: RedisClient, keys: QueueKeys) {
    this.#client = client;
    this.#keys = keys;
    this.#outbox = outboxOf(client);
  }

  /**
   * Stores jobs, some hundred per call of the script; resolves with true for each that was created and false for each
   * whose id existed. Jobs may be written out as they are asked for: Redis works on those before them meanwhile.
   */
  async save(jobs: Iterable<NewJob>): Promise<boolean[]> {
    const answers = await this.saveEach(jobs);
    if (answers.every((answer) => typeof answer === 'boolean')) return answers;
    throw answers.find((answer) => answer instanceof Error);
  }

  /** The same, but where a call fails, its error stands in the place of each job that it was to store. */
  saveEach(jobs: Iterable<NewJob>): Promise<SaveAnswer[]> {
    const only: NewJob | undefined = Array.isArray(jobs) && jobs.length === 1 ? jobs[0] : undefined;
    if (only) return this.saveOne(only, (created) => [created]).catch((error) => [coerceError(error)]);
    return this.#outbox.inOrder(() => this.#save(chunksOf(jobs)));
  }

  async #save(chunks: Iterator<NewJob[]>): Promise<SaveAnswer[]> {
    const sent: Promise<SaveAnswer[]>[] = [];
    for (let next = chunks.next(); !next.done; next = chunks.next()) {
      sent.push(this.#sendEach(next.value));
      if (sent.length === CHUNKS_AHEAD) return this.#outbox.hold(() => this.#savePaced(chunks, sent));
    }
    return (await Promise.all(sent)).flat();
  }

  /** So many that they are not all written at once: the event loop has others to serve. */
  async #savePaced(chunks: Iterator<NewJob[]>, sent: Promise<SaveAnswer[]>[]): Promise<SaveAnswer[]> {
    for (let next = chunks.next(); !next.done; next = chunks.next()) {
      await sent[sent.length - CHUNKS_AHEAD];
      sent.push(this.#sendEach(next.value));
    }
    return (await Promise.all(sent)).flat();
  }

  async #sendEach(jobs: readonly NewJob[]): Promise<SaveAnswer[]> {
    try {
      return await this.#send(jobs);
    } catch (error) {
      const told = coerceError(toldError(this.#client, error));
      return jobs.map(() => told);
    }
  }

  /** Stores one job, together with the others of this turn of the event loop; resolves with what `answer` makes of it. */
  saveOne<T>(job: NewJob, answer: (created: boolean) => T): Promise<T> {
    return new Promise((resolve, fail) => {
      this.#outbox.gather(this.#keys.jobs, this.#send, {
        job,
        tell: (created) => resolve(answer(created)),
        fail,
      });
    });
  }

  /** Stores one job under a unique key, or does what is wanted where another job holds it. */
  saveUnique(job: NewJob, unique: UniqueKey): Promise<UniqueSaved> {
    return this.#outbox.inOrder(() => saveUnique(this.#deps, job, unique));
  }

  /** Stores jobs that share start and options in the group in which they wait. */
  saveGrouped(jobs: readonly NewJob[], join: GroupJoin): Promise<boolean[]> {
    return this.#inOneGo(jobs.length <= JOIN_CHUNK, () => joinGroup(this.#deps, jobs, join));
  }

  /** Stores a batch whose last job is for this queue. */
  saveBatch(batch: BatchToSave): Promise<BatchSaved> {
    return this.#inOneGo(batch.members.length <= MEMBER_CHUNK, () => saveBatch(this.#deps, batch));
  }

  #inOneGo<T>(isOneCall: boolean, call: () => Promise<T>): Promise<T> {
    return isOneCall ? this.#outbox.inOrder(call) : this.#outbox.hold(call);
  }

  readonly #send = async (jobs: readonly NewJob[]): Promise<boolean[]> => {
    const { jobs: records, waiting, delayed, earlierDelayed } = this.#keys;
    const keys = [records, waiting, delayed, earlierDelayed];
    const call = { script: 'save', keys, args: saveArgs(jobs) } as const;
    const answers = (await runScript(this.#client, call)) as number[];
    return answers.map((answer) => answer === 1);
  };

  /** Offers a failed job again with `retries` further attempts; it takes its unique key again if that is free. */
  retry(id: string, retries: number): Promise<RepairResult> {
    const { failed, failedOrder, waiting, jobs, uniques, lock, batches } = this.#keys;
    const keys = [failed, failedOrder, waiting, jobs, uniques, lock(''), batches];
    const edit = (record: JobRecord): (string | number)[] => {
      const { unique } = record.options;
      record.options.retries = retries;
      delete record.options.outcome;
      // Who offers it again wants it to run, however late.
      delete record.options.expiresAt;
      delete record.options.deadlineAt;
      record.status = 'retrying';
      // A throttle has had its window; what is run by hand begins no other.
      return unique && unique.release !== 'ttl' ? [unique.key, unique.ttl ?? ''] : ['', ''];
    };
    return this.#change(id, { script: 'retry', keys, edit });
  }

  /** Replaces the data of a job that is not running. */
  updateData(id: string, data: unknown): Promise<RepairResult> {
    const keys = [this.#keys.jobs, this.#keys.active];
    // Written out now: what its owner does to it later is not part of the call.
    const withData = JSON.stringify({ data });
    return this.#change(id, { script: 'rewrite', keys, edit: () => [], withData });
  }

  /** Makes a delayed job due now; one that waits in a group joins it now. */
  promote(id: string): Promise<RepairResult> {
    return this.#outbox.inOrder(() => this.#promote(id));
  }

  async #promote(id: string): Promise<RepairResult> {
    const keys = [this.#keys.delayed, this.#keys.waiting];
    const reply = await runScript(this.#client, { script: 'raise', keys, args: [id] });
    if (reply === 1) return { done: true };
    const state = await this.#stateOf(id);
    const isRaised = state === 'waiting' && (await raiseMember(this.#deps, id));
    return isRaised ? { done: true } : { done: false, state };
  }

  /** Removes a job wherever it is; resolves with the state it was in, or null when there was none. */
  remove(id: string): Promise<JobState | null> {
    return this.#outbox.inOrder(() => this.#removeAny(id));
  }

  async #removeAny(id: string): Promise<JobState | null> {
    const state = await this.#remove(id, { sparesRunning: false });
    if (state === 'nowhere') return this.#removeMember(id);
    return state === '' || state === 'running' ? null : state;
  }

  /** Removes a job wherever it is, unless it runs. */
  removeIdle(id: string): Promise<RepairResult> {
    return this.#outbox.inOrder(() => this.#removeIdle(id));
  }

  async #removeIdle(id: string): Promise<RepairResult> {
    const state = await this.#remove(id, { sparesRunning: true });
    if (state === 'running') return { done: false, state: 'active' };
    if (state === 'nowhere') await this.#removeMember(id);
    return state === '' ? { done: false, state: null } : { done: true };
  }

  /** Stops every worker from taking jobs here, until {@link resume}; survives restarts of everything. */
  async pause(by: string, at: number): Promise<void> {
    await this.#client.hset(this.#keys.meta, 'paused', JSON.stringify({ by, at }));
  }

  /** Lets workers take jobs again. */
  async resume(): Promise<void> {
    await this.#client.hdel(this.#keys.meta, 'paused');
  }

  /** Moves up to 1,000 due jobs to waiting; resolves with how many, and in how many ms the next is due. */
  async promoteDue(): Promise<{ moved: number; nextInMs: number | null }> {
    const { delayed, waiting, uniques, earlierDelayed, jobs, succeeded, failed, lock } = this.#keys;
    const keys = [delayed, waiting, uniques, earlierDelayed, jobs, succeeded, failed, lock('')];
    const args = [STEP, PARKED_LOOK_MS];
    const reply = await runScript(this.#client, { script: 'promote', keys, args });
    const [moved, next, now] = reply as [number, number, number];
    return { moved, nextInMs: next < 0 ? null : Math.max(0, next - now) };
  }

  /** Removes up to 1,000 jobs that failed before a time (epoch ms), or are more than are kept (-1: all); resolves with how many. */
  async pruneFailed(before: number, kept: number): Promise<number> {
    const keys = [this.#keys.jobs, this.#keys.failed, this.#keys.failedOrder];
    return (await runScript(this.#client, {
      script: 'prune-failed',
      keys,
      args: [before, kept, STEP],
    })) as number;
  }

  /** Removes succeeded jobs, oldest first, as long as they are still the oldest; resolves with how many. */
  async pruneSucceeded(oldestIds: readonly string[]): Promise<number> {
    if (oldestIds.length === 0) return 0;
    const keys = [this.#keys.jobs, this.#keys.succeeded, this.#keys.succeededOrder];
    return (await runScript(this.#client, { script: 'prune', keys, args: oldestIds })) as number;
  }

  #change(id: string, rewrite: Rewrite): Promise<RepairResult> {
    return this.#outbox.inOrder(() => this.#rewrite(id, rewrite));
  }

  async #rewrite(id: string, { script, keys, edit, withData }: Rewrite): Promise<RepairResult> {
    for (let attempt = 0; attempt < REWRITE_TRIES; attempt++) {
      const raw = await this.#client.hget(this.#keys.jobs, id);
      if (raw === null) return { done: false, state: null };
      const read = parseRecord(raw);
      const record = read ?? unreadableRecord(raw, 0);
      const more = edit(record);
      const args = [id, raw, rewriteRecord(withData ?? (read && raw), record), ...more];
      const reply = await runScript(this.#client, { script, keys, args });
      if (reply === 1) return { done: true };
      if (reply !== -1) return { done: false, state: await this.#stateOf(id) };
    }
    return { done: false, state: await this.#stateOf(id) };
  }

  async #remove(
    id: string,
    { sparesRunning }: { sparesRunning: boolean },
  ): Promise<JobState | 'running' | 'nowhere' | ''> {
    const keys = this.#keys;
    const fixed = [keys.jobs, keys.waiting, keys.active, keys.delayed, keys.succeeded, keys.succeededOrder];
    const more = [keys.failed, keys.failedOrder, keys.stalling, keys.losses, keys.workers, keys.cancelled];
    const ofUnique = [keys.uniques, keys.earlierDelayed, keys.lock('')];
    const ofLines = [keys.meta, keys.front, keys.line('')];
    const all = [...fixed, ...more, keys.claims(''), ...ofUnique, ...ofLines, keys.batches];
    const call = { script: 'remove', keys: all, args: [id, sparesRunning ? '1' : ''] } as const;
    return (await runScript(this.#client, call)) as JobState | 'running' | 'nowhere' | '';
  }

  /** Its record is gone already; a group hands nothing over that has none. */
  async #removeMember(id: string): Promise<JobState> {
    const left = await leaveGroup(this.#deps, { id, as: 'removed' });
    return left === 'delayed' ? left : 'waiting';
  }

  get #deps(): { client: RedisClient; keys: QueueKeys } {
    return { client: this.#client, keys: this.#keys };
  }

  async #stateOf(id: string): Promise<JobState | null> {
    const [state] = await readStates(this.#client, this.#keys, [id]);
    return state ?? null;
  }
}

/** Reads the states of jobs, null where there is no such job. */
export async function readStates(
  client: RedisClient,
  keys: QueueKeys,
  ids: readonly string[],
): Promise<(JobState | null)[]> {
  const { waiting, active, delayed, succeeded, failed, jobs } = keys;
  const reply = (await runScript(client, {
    script: 'state',
    keys: [waiting, active, delayed, succeeded, failed, jobs],
    args: ids,
  })) as (JobState | '')[];
  return reply.map((state) => (state === '' ? null : state));
}
