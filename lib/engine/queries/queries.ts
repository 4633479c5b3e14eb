import { readMember } from '../groups/group-queries.ts';
import { groupOfMember } from '../groups/groups.ts';
import { JOB_STATES, type JobState, type QueueKeys } from '../keys.ts';
import {
  hasLines,
  idsAcross,
  type LinesDeps,
  linesBefore,
  listsOfJob,
  namesOfLines,
  readLists,
  waitingLists,
} from '../limits/lines.ts';
import { readOwn } from '../own-json.ts';
import type { PauseNote } from '../record/pause-note.ts';
import { type JobRecord, parseRecord } from '../record/record.ts';
import { type StoredJob, toStoredJob } from '../record/stored-job.ts';
import type { RedisClient } from '../scripts.ts';
import { readStates } from '../store/states.ts';

/** How many jobs are in each state. */
export type JobCounts = Record<JobState, number>;

/** A queue at one moment. */
export interface QueueSnapshot {
  counts: JobCounts;
  paused: PauseNote | null;
  /** Time at which the job that is next in waiting was added, epoch ms; null when nothing waits. */
  oldestWaitingAt: number | null;
  /**
   * The earliest time at which a worker is to move a delayed job or a group or to fire a schedule, epoch ms; null for
   * none.
   */
  nextDueAt: number | null;
  /** How many jobs wait in groups; they are in none of the counts. */
  grouped: number;
  processedToday: number;
  failedToday: number;
}

const DAY_MS = 86_400_000;

/** What only looks at one queue. */
export class Queries {
  readonly #client: RedisClient;
  readonly #keys: QueueKeys;

  constructor(client: RedisClient, keys: QueueKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /** Counts the jobs per state. */
  async counts(): Promise<JobCounts> {
    return (await this.#countsAndNext()).counts;
  }

  /** Reads counts, pause, age of the next job and today's numbers. `now` is epoch ms. */
  async snapshot(now: number): Promise<QueueSnapshot> {
    const day = Math.floor(now / DAY_MS);
    // In this order a job that moves on in between is seen twice rather than nowhere.
    const [grouped, nextDueAt, { counts, next }, paused, [succeeded, failed]] = await Promise.all([
      this.#client.hlen(this.#keys.groupOf),
      this.#nextDueAt(),
      this.#countsAndNext(),
      this.paused(),
      this.#client.hmget(this.#keys.stats, `succeeded:${day}`, `failed:${day}`),
    ]);
    const record = next === null ? null : await this.#record(next);
    const failedToday = Number(failed ?? 0);
    return {
      counts,
      paused,
      oldestWaitingAt: record?.options.timestamp ?? null,
      nextDueAt,
      grouped,
      processedToday: Number(succeeded ?? 0) + failedToday,
      failedToday,
    };
  }

  async #nextDueAt(): Promise<number | null> {
    const { delayed, groups, scheduleTicks } = this.#keys;
    const heads = await Promise.all(
      [delayed, groups, scheduleTicks].map((key) => this.#client.zrange(key, '0', '0', 'WITHSCORES')),
    );
    const times = heads.flatMap(([, score]) => (score === undefined ? [] : [Number(score)]));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** How many jobs are in each state, and the id of the one that waits longest. */
  async #countsAndNext(): Promise<{ counts: JobCounts; next: string | null }> {
    const { active, delayed, succeeded, failed } = this.#keys;
    // A job that moves on in between is to be seen twice rather than nowhere.
    const { length: inWaiting, next } = await this.#waiting();
    const [inActive, inDelayed, inSucceeded, inFailed] = await Promise.all([
      this.#client.llen(active),
      this.#client.zcard(delayed),
      this.#client.scard(succeeded),
      this.#client.scard(failed),
    ]);
    const counts = {
      waiting: inWaiting,
      active: inActive,
      delayed: inDelayed,
      succeeded: inSucceeded,
      failed: inFailed,
    };
    return { counts, next };
  }

  /** Reads who paused the queue and when; null when it is not paused. */
  async paused(): Promise<PauseNote | null> {
    const note = await this.#client.hget(this.#keys.meta, 'paused');
    return note === null ? null : readOwn<PauseNote>(note);
  }

  /** Reads one job with its state; null when there is none. */
  async job(id: string): Promise<StoredJob | null> {
    const [raw, [state], due] = await Promise.all([
      this.#client.hget(this.#keys.jobs, id),
      readStates(this.#client, this.#keys, [id]),
      this.#client.zscore(this.#keys.delayed, id),
    ]);
    if (raw === null || !state) return null;
    const job = toStoredJob(this.#keys, { id, raw, state, due });
    const group = state === 'waiting' ? groupOfMember(job.record.options) : null;
    if (group === null) return job;
    // One that was made to run alone is in the group no more.
    const deps = { client: this.#client, keys: this.#keys };
    return (await readMember(deps, { ...job, group })) ?? job;
  }

  /**
   * Reads a page of one state, from position `start` on, at most `size` jobs. Newest first: last added, last to
   * come due, last ended. Oldest first is the same order backwards, so waiting starts with the next to run.
   */
  async page(state: JobState, start: number, size: number, newestFirst = true): Promise<StoredJob[]> {
    const ids = await this.#ids(state, start, start + size - 1, newestFirst);
    if (ids.length === 0) return [];
    const [records, dues] = await Promise.all([
      this.#client.hmget(this.#keys.jobs, ...ids),
      state === 'delayed' ? this.#client.zmscore(this.#keys.delayed, ...ids) : [],
    ]);
    return ids.flatMap((id, index) => {
      const raw = records[index];
      // Removed between the two reads: not there any more, so not shown.
      if (raw === null || raw === undefined) return [];
      return [toStoredJob(this.#keys, { id, raw, state, due: dues[index] ?? null })];
    });
  }

  /**
   * Counts the jobs that are served before a waiting one, in the line of its key where the queue has limits, and those
   * of higher priorities: `most`, with `atLeast`, when there are more; null when it does not wait.
   */
  async jobsAhead(
    { id, record }: StoredJob,
    most: number,
  ): Promise<{ ahead: number; atLeast: boolean } | null> {
    const [lists, before] = await Promise.all([
      listsOfJob(this.#deps, record),
      readLists(this.#client, linesBefore(this.#keys, record)),
    ]);
    const found = await Promise.all(
      lists.map(async (list) => {
        const [length, position] = await Promise.all([
          this.#client.llen(list),
          this.#client.lpos(list, id, 'RANK', -1, 'MAXLEN', most),
        ]);
        if (position !== null) return { ahead: Math.max(0, length - 1 - position), atLeast: false };
        return length > most ? { ahead: most, atLeast: true } : null;
      }),
    );
    const own = found.find((one) => one?.atLeast === false) ?? found.find((one) => one !== null) ?? null;
    const higher = before.reduce((sum, list) => sum + list.length, 0);
    return (
      own && { ahead: Math.min(most, own.ahead + higher), atLeast: own.atLeast || own.ahead + higher > most }
    );
  }

  async #ids(state: JobState, start: number, end: number, newestFirst: boolean): Promise<string[]> {
    const { active, delayed, succeededOrder, failedOrder } = this.#keys;
    const range = { start, end, newestFirst };
    switch (state) {
      case 'waiting':
        return idsAcross(this.#client, await waitingLists(this.#deps), range);
      case 'active':
        return idsAcross(this.#client, [active], range);
      case 'succeeded':
        return idsAcross(this.#client, [succeededOrder], range);
      case 'delayed':
        return this.#sortedIds(delayed, start, end, newestFirst);
      case 'failed':
        return this.#sortedIds(failedOrder, start, end, newestFirst);
    }
  }

  #sortedIds(key: string, start: number, end: number, newestFirst: boolean): Promise<string[]> {
    return newestFirst
      ? this.#client.zrange(key, start, String(end), 'REV')
      : this.#client.zrange(key, start, String(end));
  }

  get #deps(): LinesDeps {
    return { client: this.#client, keys: this.#keys };
  }

  /** How many jobs wait, and the one that waits longest: ids sort by time. */
  async #waiting(): Promise<{ length: number; next: string | null }> {
    const { waiting, moved, front } = this.#keys;
    // From these jobs go into lines, so they come first.
    const [inlets, isLined] = await Promise.all([
      readLists(this.#client, [waiting, moved, front]),
      hasLines(this.#deps),
    ]);
    const lines = isLined ? await namesOfLines(this.#deps) : [];
    const read = [...inlets, ...(await readLists(this.#client, lines.map(this.#keys.line)))];
    const length = read.reduce((sum, list) => sum + list.length, 0);
    const [next = null] = read.flatMap((list) => list.next ?? []).sort();
    return { length, next };
  }

  async #record(id: string): Promise<JobRecord | null> {
    const raw = await this.#client.hget(this.#keys.jobs, id);
    return raw === null ? null : parseRecord(raw);
  }
}

/** True when the text names one of the five states. */
export function isJobState(text: string): text is JobState {
  return JOB_STATES.some((state) => state === text);
}
