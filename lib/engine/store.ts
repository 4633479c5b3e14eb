import { type GroupJoin, joinGroup, leaveGroup, raiseMember } from './groups/groups.ts';
import type { JobState, QueueKeys } from './keys.ts';
import type { NewJob } from './new-job.ts';
import { type JobRecord, parseRecord, rewriteRecord, unreadableRecord } from './record.ts';
import { type RedisClient, runScript } from './scripts.ts';
import { PARKED_LOOK_MS, saveUnique, type UniqueKey, type UniqueSaved } from './unique/unique.ts';

/** What a repair did: `done`, or why not. */
export type RepairResult = { done: true } | { done: false; state: JobState | null };

/** A single job that waits to go with others, and whom to tell. */
interface Gathered {
  job: NewJob;
  tell: (created: boolean) => void;
  fail: (error: unknown) => void;
}

/** How many jobs one call of a script stores: Redis works on it while the next one is written out. */
const SAVE_CHUNK = 250;

/** How many single jobs go in one call: the first are in Redis while the others are still being added. */
const GATHER_CHUNK = 50;

/** How many calls are under way at most. */
const CHUNKS_AHEAD = 16;

/** How many jobs one call moves or removes. */
const STEP = 1_000;

/** How often a change is tried again when somebody else changed the job in between. */
const REWRITE_TRIES = 5;

/** What changes the jobs of one queue from outside a worker: adds, retries, removes, rewrites, pauses. */
export class Store {
  readonly #client: RedisClient;
  readonly #keys: QueueKeys;
  #gathered: Gathered[] = [];

  constructor(client: RedisClient, keys: QueueKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /**
   * Stores jobs, some hundred per call of the script; resolves with true for each that was created and false for each
   * whose id existed. Jobs may be written out as they are asked for: Redis works on those before them meanwhile.
   */
  async save(jobs: Iterable<NewJob>): Promise<boolean[]> {
    const sent: Promise<boolean[]>[] = [];
    let chunk: NewJob[] = [];
    for (const job of jobs) {
      if (chunk.push(job) < SAVE_CHUNK) continue;
      if (sent.length >= CHUNKS_AHEAD) await sent[sent.length - CHUNKS_AHEAD];
      sent.push(this.#send(chunk));
      chunk = [];
    }
    const [first] = chunk;
    if (first && chunk.length === 1) sent.push(this.saveOne(first, (created) => [created]));
    else if (first) sent.push(this.#send(chunk));
    return (await Promise.all(sent)).flat();
  }

  /** Stores one job, together with the others of this turn of the event loop; resolves with what `answer` makes of it. */
  saveOne<T>(job: NewJob, answer: (created: boolean) => T): Promise<T> {
    return new Promise((resolve, fail) => {
      this.#gathered.push({ job, tell: (created) => resolve(answer(created)), fail });
      if (this.#gathered.length === 1) setImmediate(() => this.#sendGathered());
      else if (this.#gathered.length === GATHER_CHUNK) this.#sendGathered();
    });
  }

  #sendGathered(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.#gathered = [];
    this.#send(gathered.map(({ job }) => job)).then(
      (created) => {
        for (const [at, { tell }] of gathered.entries()) tell(created[at] ?? false);
      },
      (error: unknown) => {
        for (const { fail } of gathered) fail(error);
      },
    );
  }

  /** Stores one job under a unique key, or does what is wanted where another job holds it. */
  saveUnique(job: NewJob, unique: UniqueKey): Promise<UniqueSaved> {
    return saveUnique({ client: this.#client, keys: this.#keys }, job, unique);
  }

  /** Stores jobs that share start and options in the group in which they wait. */
  saveGrouped(jobs: readonly NewJob[], join: GroupJoin): Promise<boolean[]> {
    return joinGroup(this.#deps, jobs, join);
  }

  async #send(jobs: readonly NewJob[]): Promise<boolean[]> {
    const { jobs: records, waiting, delayed, earlierDelayed } = this.#keys;
    const args: (string | number)[] = [];
    for (let from = 0; from < jobs.length; ) from = pushAlike(args, jobs, from);
    const keys = [records, waiting, delayed, earlierDelayed];
    const answers = (await runScript(this.#client, { script: 'save', keys, args })) as number[];
    return answers.map((answer) => answer === 1);
  }

  /** Offers a failed job again with `retries` further attempts; it takes its unique key again if that is free. */
  async retry(id: string, retries: number): Promise<RepairResult> {
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
    return this.#change(id, 'retry', keys, { edit });
  }

  /** Replaces the data of a job that is not running. */
  async updateData(id: string, data: unknown): Promise<RepairResult> {
    return this.#change(id, 'rewrite', [this.#keys.jobs, this.#keys.active], {
      edit: () => [],
      withData: JSON.stringify({ data }),
    });
  }

  /** Makes a delayed job due now; one that waits in a group joins it now. */
  async promote(id: string): Promise<RepairResult> {
    const keys = [this.#keys.delayed, this.#keys.waiting];
    const reply = await runScript(this.#client, { script: 'raise', keys, args: [id] });
    if (reply === 1) return { done: true };
    const state = await this.#stateOf(id);
    const isRaised = state === 'waiting' && (await raiseMember(this.#deps, id));
    return isRaised ? { done: true } : { done: false, state };
  }

  /** Removes a job wherever it is; resolves with the state it was in, or null when there was none. */
  async remove(id: string): Promise<JobState | null> {
    const state = await this.#remove(id, { sparesRunning: false });
    if (state === 'nowhere') return this.#removeMember(id);
    return state === '' || state === 'running' ? null : state;
  }

  /** Removes a job wherever it is, unless it runs. */
  async removeIdle(id: string): Promise<RepairResult> {
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

  /** Removes up to 1,000 jobs that failed before a time (epoch ms); resolves with how many. */
  async pruneFailed(before: number): Promise<number> {
    const keys = [this.#keys.jobs, this.#keys.failed, this.#keys.failedOrder];
    return (await runScript(this.#client, { script: 'prune-failed', keys, args: [before, STEP] })) as number;
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
    { edit, withData }: { edit: (record: JobRecord) => (string | number)[]; withData?: string },
  ): Promise<RepairResult> {
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

/** Writes out jobs that share ending and start, which are said once; returns where the next others begin. */
function pushAlike(args: (string | number)[], jobs: readonly NewJob[], from: number): number {
  const { ending, start } = jobs[from] ?? { ending: '', start: '' };
  const countAt = args.push(ending, start, 0) - 1;
  let at = from;
  for (let job = jobs[at]; job && job.ending === ending && job.start === start; job = jobs[++at]) {
    args.push(job.id, job.data);
  }
  args[countAt] = at - from;
  return at;
}
