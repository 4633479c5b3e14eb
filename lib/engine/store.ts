import type { Clock } from '../clock.ts';
import type { JobState, QueueKeys } from './keys.ts';
import { type JobRecord, makeJobId, stringifyRecord } from './record.ts';
import { type RedisClient, runScript } from './scripts.ts';

/** A job to be stored. */
export interface NewJob {
  id: string;
  record: JobRecord;
  /** When it may start: at once, at a time (epoch ms), or some ms after Redis has stored it. */
  start: { at: number } | { inMs: number } | null;
}

/** What a repair did: `done`, or why not. */
export type RepairResult = { done: true } | { done: false; state: JobState | null };

/** How many jobs one call of a script stores. */
const SAVE_CHUNK = 1_000;

/** How often a change is tried again when somebody else changed the job in between. */
const REWRITE_TRIES = 5;

/** What changes the jobs of one queue from outside a worker: adds, retries, removes, rewrites, pauses. */
export class Store {
  readonly #client: RedisClient;
  readonly #keys: QueueKeys;

  constructor(client: RedisClient, keys: QueueKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /**
   * Stores jobs, a thousand per call of the script; resolves with true for each that was created and false for
   * each whose id existed.
   */
  async save(jobs: readonly NewJob[]): Promise<boolean[]> {
    const created: boolean[] = [];
    for (let from = 0; from < jobs.length; from += SAVE_CHUNK) {
      const args = jobs.slice(from, from + SAVE_CHUNK).flatMap(toSaveArgs);
      const { jobs: records, waiting, delayed, earlierDelayed } = this.#keys;
      const keys = [records, waiting, delayed, earlierDelayed];
      const answers = (await runScript(this.#client, { script: 'save', keys, args })) as number[];
      for (const answer of answers) created.push(answer === 1);
    }
    return created;
  }

  /** Offers a failed job again with `retries` further attempts. */
  async retry(id: string, retries: number): Promise<RepairResult> {
    const { failed, failedOrder, waiting, jobs } = this.#keys;
    return this.#change(id, 'retry', [failed, failedOrder, waiting, jobs], (record) => {
      record.options.retries = retries;
      delete record.options.outcome;
      record.status = 'retrying';
    });
  }

  /** Replaces the data of a job that is not running. */
  async updateData(id: string, data: unknown): Promise<RepairResult> {
    return this.#change(id, 'rewrite', [this.#keys.jobs, this.#keys.active], (record) => {
      record.data = data;
    });
  }

  /** Makes a delayed job due now. */
  async promote(id: string): Promise<RepairResult> {
    const keys = [this.#keys.delayed, this.#keys.waiting];
    const reply = await runScript(this.#client, { script: 'raise', keys, args: [id] });
    return reply === 1 ? { done: true } : { done: false, state: await this.#stateOf(id) };
  }

  /** Removes a job wherever it is; resolves with the state it was in, or null when there was none. */
  async remove(id: string): Promise<JobState | null> {
    const keys = this.#keys;
    const [, lapsed, live] = (await runScript(this.#client, {
      script: 'lapsed',
      keys: [keys.workers],
      args: [],
    })) as [number, string[], string[]];
    const fixed = [keys.jobs, keys.waiting, keys.active, keys.delayed, keys.succeeded, keys.succeededOrder];
    const more = [keys.failed, keys.failedOrder, keys.stalling, keys.losses];
    const claims = [...lapsed, ...live].map(keys.claims);
    const call = { script: 'remove', keys: [...fixed, ...more, ...claims], args: [id] } as const;
    const state = (await runScript(this.#client, call)) as JobState | '';
    return state === '' ? null : state;
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
    const keys = [this.#keys.delayed, this.#keys.waiting];
    const reply = await runScript(this.#client, { script: 'promote', keys, args: [SAVE_CHUNK] });
    const [moved, next, now] = reply as [number, number, number];
    return { moved, nextInMs: next < 0 ? null : Math.max(0, next - now) };
  }

  /** Removes up to 1,000 jobs that failed before a time (epoch ms); resolves with how many. */
  async pruneFailed(before: number): Promise<number> {
    const keys = [this.#keys.jobs, this.#keys.failed, this.#keys.failedOrder];
    return (await runScript(this.#client, { script: 'prune-failed', keys, args: [before, 1_000] })) as number;
  }

  /** Removes succeeded jobs, oldest first, as long as they are still the oldest; resolves with how many. */
  async pruneSucceeded(oldestIds: readonly string[]): Promise<number> {
    if (oldestIds.length === 0) return 0;
    const keys = [this.#keys.jobs, this.#keys.succeeded, this.#keys.succeededOrder];
    return (await runScript(this.#client, { script: 'prune', keys, args: oldestIds })) as number;
  }

  async #change(
    id: string,
    script: 'retry' | 'rewrite',
    keys: string[],
    edit: (record: JobRecord) => void,
  ): Promise<RepairResult> {
    for (let attempt = 0; attempt < REWRITE_TRIES; attempt++) {
      const raw = await this.#client.hget(this.#keys.jobs, id);
      if (raw === null) return { done: false, state: null };
      const record = JSON.parse(raw) as JobRecord;
      edit(record);
      const reply = await runScript(this.#client, { script, keys, args: [id, raw, stringifyRecord(record)] });
      if (reply === 1) return { done: true };
      if (reply !== -1) return { done: false, state: await this.#stateOf(id) };
    }
    return { done: false, state: await this.#stateOf(id) };
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

/** Makes a new job from its data and stored options; `id` null asks for an id of ours. */
export function newJob(
  clock: Clock,
  { id, record, start }: { id: string | null; record: JobRecord; start: NewJob['start'] },
): NewJob {
  return { id: id ?? makeJobId(clock.now()), record, start };
}

function toSaveArgs({ id, record, start }: NewJob): [string, string, string] {
  const json = stringifyRecord(record);
  if (start === null) return [id, json, ''];
  return [id, json, 'at' in start ? String(start.at) : `+${start.inMs}`];
}
