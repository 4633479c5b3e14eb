import type { Clock } from '../clock.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import type { JobState, QueueKeys } from './keys.ts';
import { type JobRecord, makeJobId, parseRecord, stringifyRecord, unreadableRecord } from './record.ts';
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

/** What `save.lua` is told of one job. */
type SaveArgs = [id: string, record: string, start: string];

/** A single job that waits for the end of this turn of the event loop, and whom to tell. */
interface Gathered {
  job: SaveArgs;
  resolve: (created: boolean) => void;
  reject: (error: unknown) => void;
}

/** How many jobs one call of a script stores. */
const SAVE_CHUNK = 1_000;

/** How many such calls are under way at most. */
const CHUNKS_AHEAD = 4;

/** How often a change is tried again when somebody else changed the job in between. */
const REWRITE_TRIES = 5;

/** What changes the jobs of one queue from outside a worker: adds, retries, removes, rewrites, pauses. */
export class Store {
  readonly #client: RedisClient;
  readonly #keys: QueueKeys;
  readonly #gathered: Gathered[] = [];

  constructor(client: RedisClient, keys: QueueKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /**
   * Stores jobs, a thousand per call of the script; resolves with true for each that was created and false for
   * each whose id existed. Throws JOB_INVALID, before anything is stored, when the data of one cannot be JSON.
   */
  async save(jobs: readonly NewJob[]): Promise<boolean[]> {
    const written = jobs.map(toSaveArgs);
    if (written.length <= 1) return Promise.all(written.map((one) => this.#gather(one)));
    const sent: Promise<boolean[]>[] = [];
    for (let from = 0; from < written.length; from += SAVE_CHUNK) {
      // Each chunk is written out while Redis works on those before it, but not all of them at once.
      if (sent.length >= CHUNKS_AHEAD) await sent[sent.length - CHUNKS_AHEAD];
      sent.push(this.#send(written.slice(from, from + SAVE_CHUNK)));
    }
    return (await Promise.all(sent)).flat();
  }

  /** Single jobs saved within one turn of the event loop go to Redis in one call. */
  #gather(job: SaveArgs): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ job, resolve, reject });
      if (this.#gathered.length === 1) setImmediate(() => this.#sendGathered());
      else if (this.#gathered.length === SAVE_CHUNK) this.#sendGathered();
    });
  }

  #sendGathered(): void {
    const gathered = this.#gathered.splice(0);
    if (gathered.length === 0) return;
    this.#send(gathered.map(({ job }) => job)).then(
      (created) => {
        for (const [at, { resolve }] of gathered.entries()) resolve(created[at] ?? false);
      },
      (error: unknown) => {
        for (const { reject } of gathered) reject(error);
      },
    );
  }

  async #send(jobs: readonly SaveArgs[]): Promise<boolean[]> {
    const { jobs: records, waiting, delayed, earlierDelayed } = this.#keys;
    const args: string[] = [];
    for (const [id, record, start] of jobs) args.push(id, record, start);
    const keys = [records, waiting, delayed, earlierDelayed];
    const answers = (await runScript(this.#client, { script: 'save', keys, args })) as number[];
    return answers.map((answer) => answer === 1);
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
    const fixed = [keys.jobs, keys.waiting, keys.active, keys.delayed, keys.succeeded, keys.succeededOrder];
    const more = [keys.failed, keys.failedOrder, keys.stalling, keys.losses, keys.workers];
    const call = { script: 'remove', keys: [...fixed, ...more, keys.claims('')], args: [id] } as const;
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
      const record = parseRecord(raw) ?? unreadableRecord(raw, 0);
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

function toSaveArgs({ id, record, start }: NewJob): SaveArgs {
  const json = toJson(record);
  if (start === null) return [id, json, ''];
  return [id, json, 'at' in start ? String(start.at) : `+${start.inMs}`];
}

/** What is acknowledged must be readable again, so data that JSON would leave out is refused too. */
function toJson(record: JobRecord): string {
  const kind = typeof record.data;
  if (['undefined', 'function', 'symbol'].includes(kind)) throw notJson(`must be a JSON value, not ${kind}`);
  try {
    return stringifyRecord(record);
  } catch (cause) {
    throw notJson(`cannot be written as JSON: ${coerceError(cause).message}`, cause);
  }
}

function notJson(message: string, cause?: unknown): ApiaryError {
  const problems = [{ path: 'data', message }];
  return new ApiaryError('JOB_INVALID', `data ${message}`, { cause, problems });
}
