import { type Clock, systemClock } from '../clock.ts';
import { requireClient } from '../engine/connections.ts';
import { findLeftQueues, findQueueNames, queuesWithJob } from '../engine/discovery/discovery.ts';
import { type EachQueueRule, eachQueue, type VisitedQueues } from '../engine/discovery/each-queue.ts';
import { type Contracts, readContracts } from '../engine/queries/contracts.ts';
import { HISTORY_DAYS, type HistoryDay, readHistory } from '../engine/queries/history.ts';
import { readInfo } from '../engine/queries/info.ts';
import { readWorkers, type WorkerInfo } from '../engine/queries/presence.ts';
import { requireRights } from '../engine/queries/rights.ts';
import { type WhyReason, why } from '../engine/queries/why.ts';
import { readAddedLines } from '../engine/repairs/added-lines.ts';
import { removeOldest } from '../engine/repairs/bulk.ts';
import type { IdleState } from '../engine/repairs/withdraw.ts';
import { defineScripts, type RedisClient } from '../engine/scripts.ts';
import { tellCallers } from '../engine/tell-callers.ts';
import { requireWhole } from '../field-checks.ts';
import { requireWellFormed } from '../names.ts';
import { QueueCensus } from './census.ts';
import { type DeletionOptions, deleteByName } from './deletion.ts';
import { type ForgetOrder, type ForgetReport, forgetEverywhere } from './forget.ts';
import type { InspectorDeps } from './inspector-deps.ts';
import { type InspectorParts, openParts } from './inspector-parts.ts';
import { type JobInfo, toJobInfo, withLines } from './job-info.ts';
import { type JobPage, type JobPageQuery, readJobPage } from './job-page.ts';
import { askedTimes, type JobTimes, type JobTimesQuery, toJobTimes } from './job-times.ts';
import { mergedTimes, readKeptTimes } from './kept-times.ts';
import { ManyJobsInspector } from './many-jobs-inspector.ts';
import { mergedPage } from './merged-page.ts';
import { mergedHistory, mergedInfo, mergedRates } from './merged-queue.ts';
import { mergedSearch } from './merged-search.ts';
import { pauseQueue, resumeQueue } from './pause.ts';
import { type QueueInfo, readQueueInfo } from './queue-info.ts';
import { type QueuePage, type QueuePageQuery, readQueuePage } from './queue-page.ts';
import { QueueRooms } from './queue-rooms.ts';
import { QueueShards } from './queue-shards.ts';
import { type Rates, readRates } from './rates.ts';
import type { Room } from './room.ts';
import { readSchedulePage, type SchedulePage, type SchedulePageQuery } from './schedule-page.ts';
import { type JobSearch, type JobSearchResult, searchQueue } from './search.ts';
import type { WorkflowInfo } from './workflows.ts';

export * from './inspector-facts.ts';

/** Looks at queues and jobs and repairs them. Arena, the HTTP API and the metrics use it, so they cannot disagree. */
export class Inspector extends ManyJobsInspector {
  readonly #client: RedisClient;
  readonly #close: () => Promise<void>;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #rooms: QueueRooms;
  /** Queues that are listed even before they hold a job; and the names of all, for those who ask often. */
  readonly knownQueues: readonly string[];
  readonly census: QueueCensus;
  /** Looks at schedules and changes them; those below look at what their names say. */
  readonly schedules: InspectorParts['schedules'];
  readonly events: InspectorParts['events'];
  readonly limits: InspectorParts['limits'];
  readonly groups: InspectorParts['groups'];
  readonly batches: InspectorParts['batches'];
  readonly workflows: InspectorParts['workflows'];
  readonly audit: InspectorParts['audit'];
  readonly alerts: InspectorParts['alerts'];
  readonly failures: InspectorParts['failures'];
  /** Tells who holds unique keys, and frees them. */
  readonly uniqueKeys: InspectorParts['uniqueKeys'];
  /** Changes many jobs at once, by a filter. */
  readonly bulk: InspectorParts['bulk'];
  readonly bulkRuns: InspectorParts['bulkRuns'];
  readonly savedSearches: InspectorParts['savedSearches'];
  /** Tells live workers how much to run. */
  readonly workerPace: InspectorParts['workerPace'];
  /** Looks at what the slots of live workers did in the last minutes. */
  readonly workerLanes: InspectorParts['workerLanes'];
  /** Tells how many shards queues have, and changes that. */
  readonly shards: QueueShards;
  /** Looks after what is private of jobs. */
  readonly privacy: InspectorParts['privacy'];

  constructor(deps: InspectorDeps) {
    requireClient('new Inspector', 'createInspector', deps);
    const { client, prefix = 'bq', clock = systemClock, knownQueues = [], close = async () => {} } = deps;
    defineScripts(client);
    const shards = new QueueShards({ client, prefix, clock });
    const rooms = new QueueRooms({ ...deps, client, prefix, shards });
    super({ roomOf: (queue, id) => rooms.of(queue, id), shards, clock });
    this.shards = shards;
    this.#client = client;
    this.#close = close;
    this.#prefix = prefix;
    this.#clock = clock;
    this.knownQueues = knownQueues;
    this.census = new QueueCensus({ search: () => this.queueNames(), clock });
    this.#rooms = rooms;
    const parts = openParts({
      ...{ client, prefix, clock, rooms },
      keyring: deps.keyring ?? null,
      shards: this.shards,
      census: this.census,
    });
    this.schedules = parts.schedules;
    this.events = parts.events;
    this.limits = parts.limits;
    this.groups = parts.groups;
    this.batches = parts.batches;
    this.workflows = parts.workflows;
    this.audit = parts.audit;
    this.alerts = parts.alerts;
    this.failures = parts.failures;
    this.uniqueKeys = parts.uniqueKeys;
    this.bulk = parts.bulk;
    this.bulkRuns = parts.bulkRuns;
    this.savedSearches = parts.savedSearches;
    this.workerPace = parts.workerPace;
    this.workerLanes = parts.workerLanes;
    this.privacy = parts.privacy;
    tellCallers(client, this);
  }

  /**
   * Lists the names of all queues, sorted: those known beforehand, and those in Redis that hold jobs, have schedules,
   * or are paused or limited. It searches the whole key space of Redis; `census.names()` does so now and then only.
   */
  async queueNames(): Promise<string[]> {
    const found = await findQueueNames(this.#client, this.#prefix);
    return (await this.shards.withoutShards([...new Set([...this.knownQueues, ...found])])).sort();
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
  async queue(name: string): Promise<QueueInfo> {
    const read = (room: Room): Promise<QueueInfo> => readQueueInfo(room, this.#clock.now());
    return this.#rooms.over(name, read, (shards) => mergedInfo(name, shards));
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
  async why(queue: string, id: string): Promise<WhyReason[]> {
    const prefix = this.#prefix;
    return why({ ...(await this.#rooms.of(queue, id)), prefix, home: this.#rooms.home(queue).keys }, id);
  }

  /** Reads what ended on each of the last `days` days by UTC, today first: 1 to 90, else it throws JOB_INVALID. */
  async history(queue: string, days = HISTORY_DAYS): Promise<HistoryDay[]> {
    requireWhole('days', days, { least: 1, most: HISTORY_DAYS });
    return this.#rooms.over(queue, (room) => readHistory(room, days, this.#clock.now()), mergedHistory);
  }

  /** Reads how many jobs come in and how many end per minute, now and over the last hour, as the workers took note. */
  rates(queue: string): Promise<Rates> {
    return this.#rooms.over(queue, readRates, mergedRates);
  }

  /**
   * Reads how long jobs of a queue waited, ran and took in all, and how they ended: over the last hour, day or 90 days,
   * of all types or one. The workers tell once a minute. Throws JOB_INVALID for what cannot be asked.
   */
  async times(queue: string, query: JobTimesQuery = {}): Promise<JobTimes> {
    const asked = { ...askedTimes(query), now: this.#clock.now() };
    return toJobTimes(
      asked.span,
      await this.#rooms.over(queue, (room) => readKeptTimes(room, asked), mergedTimes),
    );
  }

  /** Reads one job; null when there is none. */
  async job(queue: string, id: string): Promise<JobInfo | null> {
    const room = await this.#rooms.of(queue, id);
    // The lines first: what goes into the record meanwhile is in both then, and not in neither.
    const [linesOf, stored] = await Promise.all([readAddedLines(room, id), room.queries.job(id)]);
    return stored && withLines(toJobInfo(queue, stored), linesOf(stored.record.options));
  }

  /** Reads the workflow of this id, of whichever queue keeps it; null when there is none, or none any more. */
  workflow(id: string): Promise<WorkflowInfo | null> {
    return this.workflows.find(id);
  }

  /** Reads a page of the jobs in one state. Throws JOB_INVALID for a cursor or limit that cannot be. */
  async jobs(queue: string, query: JobPageQuery): Promise<JobPage> {
    const [home, ...others] = await this.#rooms.all(queue);
    return others.length === 0 ? readJobPage(home, query) : mergedPage([home, ...others], query);
  }

  /** Searches one state, newest first, as far as `most` and `limit` say. Throws JOB_INVALID with each wrong field. */
  async search(queue: string, search: JobSearch): Promise<JobSearchResult> {
    const [home, ...others] = await this.#rooms.all(queue);
    return others.length === 0 ? searchQueue(home, search) : mergedSearch([home, ...others], search);
  }

  /** Reads the jobs that have this id, of all queues: ids count per queue. */
  async find(id: string): Promise<JobInfo[]> {
    requireWellFormed('id', id);
    const names = [...(await this.shards.namesOfEach(await this.census.names()))];
    const shards = names.flatMap(([, own]) => own);
    const found = new Set(await queuesWithJob(this.#client, { prefix: this.#prefix, queues: shards, id }));
    const having = names.filter(([, own]) => own.some((shard) => found.has(shard))).map(([queue]) => queue);
    const { read } = await this.eachQueue(having, (queue) => this.job(queue, id));
    return read.flatMap(([, job]) => job ?? []);
  }

  /** Removes up to `limit` jobs of one state that is not active, oldest first; resolves with how many. */
  async clean(queue: string, state: IdleState, limit: number): Promise<number> {
    let left = limit;
    for (const room of await this.#rooms.all(queue))
      left -= left > 0 ? await removeOldest(room, { state, limit: left }) : 0;
    return limit - left;
  }

  /** Stops workers from taking jobs of it; persisted. False when it was paused. Throws JOB_INVALID for a bad name. */
  async pause(queue: string, by: string): Promise<boolean> {
    return (await this.#rooms.each(queue, (room) => pauseQueue(room, by, this.#clock.now()))).includes(true);
  }

  /** Lets workers take jobs of the queue again. False when it was not paused. */
  async resume(queue: string): Promise<boolean> {
    return (await this.#rooms.each(queue, resumeQueue)).includes(true);
  }

  /**
   * Deletes a queue with every key, its pause, its history and bee-queue's counter of ids included; false when there
   * was none. An add makes it anew. Throws JOB_STATE_FORBIDS when it holds jobs, without `force`, and while some run,
   * without `running` beside that: then their handlers are told to stop within two seconds, and their ends change
   * nothing.
   */
  async deleteQueue(name: string, options: DeletionOptions = {}): Promise<boolean> {
    const each = this.#rooms.each(name, (room) => deleteByName(room, room.keys.queue, options));
    return (await each.finally(() => this.census.forget())).includes(true) && this.shards.restore(name);
  }

  /**
   * Removes every trace of a person, told by a field of data or headers and its value: their jobs, schedules, steps and
   * results, and their name in what others have, as far as it is five characters or longer. What has to stay is counted
   * in `left`: jobs that run, say, unless `running` is given. It goes over all queues in small steps, and may be broken
   * off and begun anew. Throws JOB_INVALID for an order that cannot be.
   */
  forget(order: ForgetOrder): Promise<ForgetReport> {
    const deps = {
      queueNames: async () => [
        ...new Set([...(await this.queueNames()), ...(await findLeftQueues(this.#client, this.#prefix))]),
      ],
      eachQueue: this.eachQueue.bind(this),
      rooms: this.#rooms,
      shards: this.shards,
      client: this.#client,
      prefix: this.#prefix,
    };
    return forgetEverywhere(deps, order);
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
