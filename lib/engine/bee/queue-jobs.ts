import { ApiaryError, coerceError } from '../../errors.ts';
import { requireList } from '../../require-given.ts';
import type { JobState } from '../keys.ts';
import { isJobState } from '../queries/queries.ts';
import { requireDataSize } from '../record/data-size.ts';
import { type NewJob, newJob, recordEnding } from '../record/new-job.ts';
import { type Job, type JobQueue, jobFromStored, requireProgress } from './job.ts';
import type { JobRange, QueueHealth } from './queue-settings.ts';

const PAGE = 1_000;
/** bee-queue's own: lists up to position 100, which makes 101. */
const DEFAULT_END = 100;
const DEFAULT_SIZE = 100;

/** Stores jobs, some hundred per call, and writes into each its id and whether it was created. */
export async function storeJobs(queue: JobQueue, jobs: readonly Job[]): Promise<void> {
  requireList('saveJobs', 'jobs', jobs);
  const written = jobs.map((job) => toNewJob(queue, job));
  const errors = await storeNewJobs(queue, jobs, written);
  for (const error of errors?.values() ?? []) throw error;
}

/** Stores each of the jobs that can be; resolves with an error for each of the others. */
export async function storeEachJob(queue: JobQueue, jobs: Iterable<Job>): Promise<Map<Job, Error>> {
  const unwritable = new Map<Job, Error>();
  const writable: Job[] = [];
  const written: NewJob[] = [];
  if (typeof jobs?.[Symbol.iterator] !== 'function') requireList('saveAll', 'jobs', jobs);
  for (const job of jobs) {
    try {
      written.push(toNewJob(queue, job));
      writable.push(job);
    } catch (error) {
      unwritable.set(job, coerceError(error));
    }
  }
  return new Map([...unwritable, ...((await storeNewJobs(queue, writable, written)) ?? [])]);
}

async function storeNewJobs(
  queue: JobQueue,
  jobs: readonly Job[],
  stored: readonly NewJob[],
): Promise<Map<Job, Error> | null> {
  let errors: Map<Job, Error> | null = null;
  for (const [at, job] of jobs.entries()) {
    const id = stored[at]?.id;
    if (id === undefined) continue;
    job.id = id;
    // Before it is stored: its end may be announced before the answer to the save has come.
    if (queue.remembersJobs && !queue.jobs.has(id)) queue.jobs.set(id, job);
  }
  const answers = await queue.store.saveEach(stored);
  for (const [at, job] of jobs.entries()) {
    const answer = answers[at] ?? false;
    if (!(answer instanceof Error)) {
      noteSaved(queue, job, answer);
      continue;
    }
    errors ??= new Map();
    errors.set(job, answer);
    // One that was never stored is told of nothing.
    if (job.created === null && job.id !== null && queue.jobs.get(job.id) === job) queue.jobs.delete(job.id);
  }
  return errors;
}

/** Reads one job; null when there is none. One that is remembered is brought up to date and returned itself. */
export async function readJob<Data>(queue: JobQueue<Data>, id: string): Promise<Job<Data> | null> {
  const raw = await queue.client.hget(queue.keys.jobs, id);
  const read = raw === null ? null : jobFromStored(queue, id, raw);
  if (!read || !queue.remembersJobs) return read;
  if (queue.jobs.has(id)) return remembered(queue, id, read);
  if (read.status !== 'succeeded' && read.status !== 'failed') queue.jobs.set(id, read);
  return read;
}

/** The job that is remembered under the id, brought up to date with what was read; else the one that was read. */
function remembered<Data>(queue: JobQueue<Data>, id: string, read: Job<Data>): Job<Data> {
  const known = queue.jobs.get(id);
  const { status, progress, options } = read;
  return known ? Object.assign(known, { status, progress, options }) : read;
}

/** Reads jobs of one state: as bee-queue does, those to come due in their order and all others newest first. */
export async function readJobs<Data>(
  queue: JobQueue<Data>,
  state: JobState,
  range: JobRange,
): Promise<Job<Data>[]> {
  if (!isJobState(state)) throw new ApiaryError('JOB_INVALID', `Improper queue type ${String(state)}`);
  const { start, count } = await toPage(queue, state, range);
  const jobs: Job<Data>[] = [];
  for (let from = 0; from < count; from += PAGE) {
    const size = Math.min(PAGE, count - from);
    const stored = await queue.queries.page(state, start + from, size, state !== 'delayed');
    for (const { id, record } of stored) {
      const job = jobFromStored(queue, id, JSON.stringify(record));
      if (job) jobs.push(remembered(queue, id, job));
    }
    if (stored.length === 0) break;
  }
  if (state !== 'succeeded' && state !== 'failed') return jobs;
  return jobs.length < count && start === 0 ? withUnordered(queue, state, { jobs, count }) : jobs;
}

/** Fills up with jobs that a stock worker ended: those are in bee-queue's set alone, and in no order. */
async function withUnordered<Data>(
  queue: JobQueue<Data>,
  state: 'succeeded' | 'failed',
  { jobs, count }: { jobs: Job<Data>[]; count: number },
): Promise<Job<Data>[]> {
  const { client, keys } = queue;
  if ((await client.scard(keys[state])) <= jobs.length) return jobs;
  const seen = new Set(jobs.map((job) => job.id));
  let cursor = '0';
  do {
    const [next, ids] = await client.sscan(keys[state], cursor, 'COUNT', PAGE);
    const unseen = ids.filter((id) => !seen.has(id)).slice(0, count - jobs.length);
    const records = unseen.length > 0 ? await client.hmget(keys.jobs, ...unseen) : [];
    for (const [at, id] of unseen.entries()) {
      seen.add(id);
      const job = jobFromStored(queue, id, records[at] ?? 'null');
      if (job) jobs.push(remembered(queue, id, job));
    }
    cursor = next;
  } while (cursor !== '0' && jobs.length < count);
  return jobs;
}

/** Counts the jobs per state. */
export async function readHealth({ queries, client, keys }: JobQueue): Promise<QueueHealth> {
  const [counts, id] = await Promise.all([queries.counts(), client.get(keys.id)]);
  return { ...counts, newestJob: Number(id ?? 0) };
}

/** A negative `end` counts from the last job, as Redis does; `size` counts where `end` does not. */
async function toPage(
  queue: JobQueue,
  state: JobState,
  { start = 0, end, size }: JobRange,
): Promise<{ start: number; count: number }> {
  const first = Math.max(0, start);
  if (state === 'succeeded' || state === 'failed') return { start: first, count: size ?? DEFAULT_SIZE };
  if (end === undefined) return { start: first, count: size ?? DEFAULT_END + 1 };
  const last = end < 0 ? (await queue.queries.counts())[state] + end : end;
  return { start: first, count: last - first + 1 };
}

function toNewJob(queue: JobQueue, job: Job): NewJob {
  const { delay } = job.options;
  const start = typeof delay === 'number' && delay > queue.clock.now() ? { at: delay } : null;
  // setId('') has always meant: make one.
  const id = job.id === null || job.id === '' ? null : String(job.id);
  const { data, options, progress } = job;
  const written = newJob(queue.clock, { id, data, ending: recordEnding(options, progress), start });
  requireDataSize(`job ${written.id}`, written.data, queue.maxDataBytes);
  return written;
}

function noteSaved(queue: JobQueue, job: Job, created: boolean): void {
  const wasCreated = job.created === true;
  const id = job.id ?? '';
  job.created = created;
  if (created) return;
  if (queue.jobs.get(id) === job && !wasCreated) queue.jobs.delete(id);
  // bee-queue's way to say that the id was taken; saving one's own job again is no such case.
  if (!wasCreated) job.id = null;
}

/** Announces progress of a job that does not run here. Rejects where there is none. */
export async function announceProgress(
  { calls, client, keys }: JobQueue,
  job: Job,
  progress: unknown,
): Promise<void> {
  requireProgress(progress);
  job.progress = progress;
  const message = JSON.stringify({ id: job.id, event: 'progress', data: progress });
  await calls.make(() => client.publish(keys.events, message));
}
