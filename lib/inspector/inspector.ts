import { type Clock, systemClock } from '../clock.ts';
import { requireClient } from '../engine/connections.ts';
import { findQueueNames, queuesWithJob } from '../engine/discovery/discovery.ts';
import { type EachQueueRule, eachQueue, type VisitedQueues } from '../engine/discovery/each-queue.ts';
import type { JobState } from '../engine/keys.ts';
import { Batches } from '../engine/links/batches.ts';
import { type Contracts, readContracts } from '../engine/queries/contracts.ts';
import { HISTORY_DAYS, type HistoryDay, readHistory } from '../engine/queries/history.ts';
import { readInfo } from '../engine/queries/info.ts';
import { readWorkers, type WorkerInfo } from '../engine/queries/presence.ts';
import { requireRights } from '../engine/queries/rights.ts';
import { type WhyReason, why } from '../engine/queries/why.ts';
import type { JobFilter } from '../engine/record/job-filter.ts';
import { removeOldest } from '../engine/repairs/bulk.ts';
import { type CancelResult, cancelJob } from '../engine/repairs/cancel.ts';
import { type RerunResult, rerunJob } from '../engine/repairs/rerun.ts';
import { archiveJob, type IdleState, type WithdrawResult } from '../engine/repairs/withdraw.ts';
import { Schedules } from '../engine/schedules/schedules.ts';
import { defineScripts, type RedisClient } from '../engine/scripts.ts';
import type { RemovalResult, RepairResult } from '../engine/store/repair-result.ts';
import { tellCallers } from '../engine/tell-callers.ts';
import { requireWhole } from '../field-checks.ts';
import { requireWellFormed } from '../names.ts';
import { Audit } from './audit.ts';
import { BulkInspector, type EndManyOptions } from './bulk.ts';
import { QueueCensus } from './census.ts';
import { deleteByName } from './deletion.ts';
import { type InspectorEvents, inspectorEvents } from './events.ts';
import { FailureInspector } from './failures.ts';
import { GroupInspector } from './group-inspector.ts';
import type { InspectorDeps } from './inspector-deps.ts';
import { type NewData, type Rescheduling, rescheduleJob, setJobPriority } from './job-changes.ts';
import { type JobInfo, toJobInfo } from './job-info.ts';
import { type JobPage, type JobPageQuery, readJobPage } from './job-page.ts';
import { pauseQueue, resumeQueue } from './pause.ts';
import { type QueueInfo, readQueueInfo } from './queue-info.ts';
import { QueueLimitsInspector } from './queue-limits.ts';
import { type QueuePage, type QueuePageQuery, readQueuePage } from './queue-page.ts';
import { type Rates, readRates } from './rates.ts';
import { openRoom, type Room } from './room.ts';
import { readSchedulePage, type SchedulePage, type SchedulePageQuery } from './schedule-page.ts';
import { type JobSearch, type JobSearchResult, searchQueue } from './search.ts';

export * from './inspector-facts.ts';

/** Looks at queues and jobs and repairs them. Arena, the HTTP API and the metrics use it, so they cannot disagree. */
export class Inspector {
  readonly #client: RedisClient;
  readonly #close: () => Promise<void>;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #room: (queue: string, ...ids: readonly string[]) => Room;
  /** Queues that are listed even before they hold a job. */
  readonly knownQueues: readonly string[];
  /** The names of all queues, for those who ask often. */
  readonly census: QueueCensus;
  /** Looks at schedules and changes them; those below look at events, limits, groups, batches, changes and failures. */
  readonly schedules: Schedules;
  readonly events: InspectorEvents;
  readonly limits: QueueLimitsInspector;
  readonly groups: GroupInspector;
  readonly batches: Batches;
  readonly audit: Audit;
  readonly failures: FailureInspector;
  /** Changes many jobs at once, by a filter. */
  readonly bulk: BulkInspector;

  constructor(deps: InspectorDeps) {
    requireClient('new Inspector', 'createInspector', deps);
    const { client, prefix = 'bq', clock = systemClock, knownQueues = [], close = async () => {} } = deps;
    defineScripts(client);
    this.#client = client;
    this.#close = close;
    this.#prefix = prefix;
    this.#clock = clock;
    this.knownQueues = knownQueues;
    this.census = new QueueCensus({ search: () => this.queueNames(), clock });
    this.#room = (queue, ...ids) => openRoom({ ...deps, client, prefix }, queue, ids);
    const told = <Part extends object>(part: Part): Part => tellCallers(client, part);
    this.schedules = told(new Schedules({ client, prefix, clock }));
    this.limits = told(new QueueLimitsInspector((queue) => ({ ...this.#room(queue), clock })));
    this.groups = told(new GroupInspector(this.#room));
    this.batches = told(new Batches({ client, prefix }));
    this.audit = told(new Audit({ client, prefix }));
    this.failures = told(new FailureInspector(this.#room));
    this.events = inspectorEvents({ client, prefix, clock, queueNames: () => this.census.names() });
    this.bulk = told(new BulkInspector({ room: this.#room, clock }));
    told(this);
  }

  /**
   * Lists the names of all queues, sorted: those known beforehand, and those in Redis that hold jobs, have schedules,
   * or are paused or limited. It searches the whole key space of Redis; `census.names()` does so now and then only.
   */
  async queueNames(): Promise<string[]> {
    const found = await findQueueNames(this.#client, this.#prefix);
    return [...new Set([...this.knownQueues, ...found])].sort();
  }

  /** Reads a page of queues, by name, of those that `census` knows. Throws JOB_INVALID for a limit that cannot be. */
  queues(query: QueuePageQuery = {}): Promise<QueuePage> {
    return readQueuePage(this, query);
  }

  /** Reads a page of schedules, by queue and name; of all queues unless one is given. Throws as `queues` does. */
  schedulePage(query: SchedulePageQuery = {}): Promise<SchedulePage> {
    return readSchedulePage(this, query);
  }

  /**
   * Goes over queues, some dozens at a time, each by itself: one that cannot be read, as a key of it holds what it
   * should not, is told of with a reason and hides no other. Rejects with what says that Redis is away.
   */
  eachQueue<Value>(
    names: readonly string[],
    visit: (name: string) => Promise<Value>,
    rule: EachQueueRule = {},
  ): Promise<VisitedQueues<Value>> {
    return eachQueue({ client: this.#client, prefix: this.#prefix, clock: this.#clock }, names, visit, rule);
  }

  /** Reads one queue; one that was never used is empty. */
  queue(name: string): Promise<QueueInfo> {
    return readQueueInfo(this.#room(name), this.#clock.now());
  }

  /** Reads the live workers, as each last spoke of itself within 15 s; those over `Queue#process` say nothing. */
  workers(): Promise<WorkerInfo[]> {
    return readWorkers({ client: this.#client, prefix: this.#prefix });
  }

  /** Reads which types live workers accept, by queue and type, and by what schemas. */
  contracts(): Promise<Contracts> {
    return readContracts({ client: this.#client, prefix: this.#prefix });
  }

  /** Tells why a job is not running: every reason that holds, the most important first. */
  why(queue: string, id: string): Promise<WhyReason[]> {
    return why({ ...this.#room(queue, id), prefix: this.#prefix }, id);
  }

  /** Reads what ended on each of the last `days` days by UTC, today first: 1 to 90, else it throws JOB_INVALID. */
  async history(queue: string, days = HISTORY_DAYS): Promise<HistoryDay[]> {
    requireWhole('days', days, { least: 1, most: HISTORY_DAYS });
    return readHistory(this.#room(queue), days, this.#clock.now());
  }

  /** Reads how many jobs come in and how many end per minute, now and over the last hour, as the workers took note. */
  rates(queue: string): Promise<Rates> {
    return readRates(this.#room(queue));
  }

  /** Reads one job; null when there is none. */
  async job(queue: string, id: string): Promise<JobInfo | null> {
    const stored = await this.#room(queue, id).queries.job(id);
    return stored && toJobInfo(queue, stored);
  }

  /** Reads a page of the jobs in one state. Throws JOB_INVALID for a cursor or limit that cannot be. */
  jobs(queue: string, query: JobPageQuery): Promise<JobPage> {
    return readJobPage(this.#room(queue), query);
  }

  /** Searches one state, newest first, as far as `most` and `limit` say. Throws JOB_INVALID with each wrong field. */
  search(queue: string, search: JobSearch): Promise<JobSearchResult> {
    return searchQueue(this.#room(queue), search);
  }

  /** Reads the jobs that have this id, of all queues: ids count per queue. */
  async find(id: string): Promise<JobInfo[]> {
    requireWellFormed('id', id);
    const queues = await this.census.names();
    const having = await queuesWithJob(this.#client, { prefix: this.#prefix, queues, id });
    const { read } = await this.eachQueue(having, (queue) => this.job(queue, id));
    return read.flatMap(([, job]) => job ?? []);
  }

  /** Offers a failed job again, with one further attempt and no spent ones counted against it. */
  retry(queue: string, id: string): Promise<RepairResult> {
    return this.#room(queue, id).store.retry(id, 0);
  }

  /** Makes a delayed job due now. */
  promote(queue: string, id: string): Promise<RepairResult> {
    return this.#room(queue, id).store.promote(id);
  }

  /** Removes a job wherever it is; a running one ends without effect. Resolves with its state, null if none. */
  remove(queue: string, id: string): Promise<JobState | null> {
    return this.#room(queue, id).store.remove(id);
  }

  /** Removes a job wherever it is, unless it runs: that one is to be cancelled. */
  removeIdle(queue: string, id: string): Promise<RemovalResult> {
    return this.#room(queue, id).store.removeIdle(id);
  }

  /** Makes a waiting or delayed job failed, outcome `discarded`; `by` is kept in its newest error. */
  archive(queue: string, id: string, by: string): Promise<WithdrawResult> {
    return archiveJob(this.#room(queue, id), id, { by, at: this.#clock.now() });
  }

  /**
   * Cancels a job: one that waits or is delayed ends at once as cancelled, the handler of a running one is told by its
   * signal, within a second wherever it runs, and is not retried however it ends. Says in which state the job was.
   */
  cancel(queue: string, id: string, by: string): Promise<CancelResult> {
    return cancelJob(this.#room(queue, id), id, { by, at: this.#clock.now() });
  }

  /** Offers failed jobs again, see {@link BulkInspector}; resolves with how many. */
  async retryAll(queue: string, filter: JobFilter = {}): Promise<number> {
    return (await this.bulk.retry(queue, filter)).done;
  }

  /** Makes delayed jobs due now, see {@link BulkInspector}; resolves with how many. */
  async promoteAll(queue: string, filter: JobFilter = {}): Promise<number> {
    return (await this.bulk.promote(queue, filter)).done;
  }

  /** Removes jobs of one state, see {@link BulkInspector}; resolves with how many. */
  async removeAll(queue: string, state: IdleState, filter: JobFilter = {}): Promise<number> {
    return (await this.bulk.remove(queue, state, filter)).done;
  }

  /** Makes waiting or delayed jobs failed, see {@link BulkInspector}; resolves with how many. */
  async archiveAll(queue: string, state: 'waiting' | 'delayed', options: EndManyOptions): Promise<number> {
    return (await this.bulk.archive(queue, state, options)).done;
  }

  /** Replaces the data of a job that is not running. */
  updateData(queue: string, id: string, data: unknown): Promise<RepairResult> {
    return this.#room(queue, id).store.updateData(id, data);
  }

  /** Has a delayed job start at another time (epoch ms), with other data if given; JOB_INVALID for what is no time. */
  reschedule(queue: string, id: string, change: Rescheduling): Promise<RepairResult> {
    return rescheduleJob(this.#room(queue, id), id, change);
  }

  /**
   * Gives a waiting or delayed job another priority, 0 (first) to 9, and other data if given; it comes last among those
   * of its new priority. Throws JOB_INVALID for what is no priority.
   */
  setPriority(queue: string, id: string, priority: number, change: NewData = {}): Promise<RepairResult> {
    return setJobPriority(this.#room(queue, id), id, { priority, change });
  }

  /**
   * Adds a new job with the data of one that has ended, and its options but for times and ties to others; says its id.
   * Throws JOB_EXISTS where another job holds its unique key.
   */
  rerun(queue: string, id: string, by: string): Promise<RerunResult> {
    return rerunJob({ ...this.#room(queue, id), clock: this.#clock }, id, by);
  }

  /** Removes up to `limit` jobs of one state that is not active, oldest first; resolves with how many. */
  clean(queue: string, state: IdleState, limit: number): Promise<number> {
    return removeOldest(this.#room(queue), { state, limit });
  }

  /** Stops workers from taking jobs of it; persisted. False when it was paused. Throws JOB_INVALID for a bad name. */
  pause(queue: string, by: string): Promise<boolean> {
    return pauseQueue(this.#room(queue), by, this.#clock.now());
  }

  /** Lets workers take jobs of the queue again. False when it was not paused. */
  resume(queue: string): Promise<boolean> {
    return resumeQueue(this.#room(queue));
  }

  /**
   * Deletes a queue with every key, its pause, its history and bee-queue's counter of ids included; false when there
   * was none. An add makes it anew. Throws JOB_STATE_FORBIDS while jobs run, or, without `force`, when it holds jobs.
   */
  deleteQueue(name: string, options: { force?: boolean } = {}): Promise<boolean> {
    return deleteByName(this.#room(name), name, options).finally(() => this.census.forget());
  }

  /** Reads Redis's own INFO text; empty where its user may not read it. */
  redisInfo(): Promise<string> {
    return readInfo(this.#client);
  }

  /** Makes sure that Redis lets its user add and look; rejects with REDIS_REFUSED and what is refused. */
  requireRights(): Promise<void> {
    return requireRights(this.#client, this.#prefix);
  }

  /** Asks Redis for a sign of life; rejects when there is none. */
  async ping(): Promise<void> {
    await this.#client.ping();
  }

  /** Ends all that listens to events, and closes what was opened for it; a client of the caller's stays open. */
  close(): Promise<void> {
    return this.events.close().then(this.#close);
  }
}
