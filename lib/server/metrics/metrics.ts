import type { Meter } from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { systemClock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { Logger } from '../../logger.ts';
import { Recent } from '../../recent.ts';
import type { DemandDeps } from '../demand/demand.ts';
import type { QueueNames } from '../queue-names.ts';
import type { OutboxLook } from '../seen-outbox.ts';
import { withinLimit } from '../time-limit.ts';
import { registerJobCounters, registerLostJobs } from './job-counters.ts';
import { registerJobHistograms } from './job-histograms.ts';
import { type CountedEvent, type JobLabels, type JobRow, JobTally, type TimedPart } from './job-tally.ts';
import { registerKeyFailures } from './key-failures.ts';
import type { OwnMetrics } from './merged-metrics.ts';
import { type OnTimed, tellMeter } from './open-telemetry.ts';
import { registerOutbox } from './outbox-gauges.ts';
import { type OwnWorker, registerOwnWorker } from './own-worker.ts';
import { registerProcess } from './process-metrics.ts';
import { registerQueueGauges } from './queue-gauges.ts';
import { registerRecommendation } from './recommendation-gauge.ts';
import { registerRedisGauges } from './redis-gauges.ts';
import { registerRedisWrong, type WatchedRedis } from './redis-wrong.ts';
import { look, type Seen } from './seen.ts';
import { registerSwarm, type SeenSwarm } from './swarm-metrics.ts';
import { registerWorkerGauges } from './worker-gauges.ts';

/** Counts what happens in this process, and tells it together with the state of the queues. See `docs/metrics.md`. */
export interface Metrics extends JobCounting {
  /** Jobs whose worker died went back to waiting; of what type is not known then. */
  jobsLost(queue: string, count: number): void;
  /** Redis failed a duty of the worker of this process. */
  dutyFailed(duty: string): void;
  /** The API refused a call: it brought no key, or one that is not known. */
  keyFailed(why: 'missing' | 'wrong'): void;
  /** Tells of what is wrong with Redis from now on. */
  watchRedis(redis: WatchedRedis): void;
  /** Tells of this worker from now on. */
  watchWorker(worker: OwnWorker): void;
  /** Tells of the worker processes of a swarm, beside this one, from now on. */
  watchSwarm(swarm: SeenSwarm): void;
  /** A process of the swarm has ended: what it counted, as it told last, stays in the sums. */
  processEnded(last: OwnMetrics): void;
  /** A worker process of the swarm died. */
  processDied(why: string): void;
  /** What this process tells of itself, to be told by the parent of its swarm. */
  own(): Promise<OwnMetrics>;
  /**
   * Tells a meter of OpenTelemetry the same from now on; `ofQueues` is whether what is in Redis is among it. Of a swarm
   * each process tells its own.
   */
  tellMeter(meter: Meter, ofQueues: boolean): void;
  /** Writes everything in Prometheus's text format; within seconds also while Redis is away, and never rejects. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What is told of a job when it is counted; `waitedMs` is null for a further attempt. */
interface CountedJob extends Record<CountedEvent, JobLabels> {
  started: JobLabels & { waitedMs: number | null };
  succeeded: EndedJob;
  retried: JobLabels & { durationMs: number };
  failed: EndedJob;
}

/** A function for each event that is counted: `jobStarted`. */
type JobCounting = {
  [Event in CountedEvent as `job${Capitalize<Event>}`]: (job: CountedJob[Event]) => void;
};

/** A job that ended for good; `totalMs` since it was added, null when unknown. */
export type EndedJob = JobLabels & { durationMs: number; totalMs: number | null };

/** What the metrics work with. */
export interface MetricsDeps extends DemandDeps {
  inspector: Inspector;
  log: Logger;
  /** Default: those that the inspector's census knows. */
  queues?: QueueNames;
  /** The pairs of queue and type that are counted from the start, at zero; default none. */
  known?: readonly JobLabels[];
  /** Default: there is none. */
  outbox?: OutboxLook;
}

const READ_LIMIT_MS = 3_000;
/** How many troubles it keeps in mind as told already. */
const MOST_TOLD = 1_000;

/** Makes the metrics of this process, with a registry of their own. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const { inspector, log, queues, clock = systemClock, slots, known = [], outbox = null } = deps;
  const [own, registry] = [new Registry(), new Registry()];
  registerProcess(own);
  const times: Times = { onTimed: null };
  const counted = countJobs(own, known, times);
  const lost = registerLostJobs(own);
  const worker = registerOwnWorker(own);
  const swarm = registerSwarm(own);
  const shows = [registerRedisGauges, registerQueueGauges, registerWorkerGauges].map((of) => of(registry));
  const redis = registerRedisWrong(registry);
  shows.push(
    redis.show,
    lost.show,
    registerRecommendation(registry, { clock, ...(slots !== undefined && { slots }) }),
  );
  const showOutbox = registerOutbox(registry, { outbox, clock, log });
  const tellOwn = (): Promise<OwnMetrics> => {
    worker.show();
    return own.getMetricsAsJSON();
  };
  const names = queues ?? (() => inspector.census.names());
  const limit = { clock, limitMs: READ_LIMIT_MS, what: 'reading the queues' };
  const see = (): Promise<Seen | null> =>
    withinLimit(limit, () => look({ inspector, names, clock })).catch((err: unknown) => {
      log.warn('metrics go without the queues', { err });
      return null;
    });
  const told = new Recent<string, true>(MOST_TOLD);
  const tellOnce = (trouble: string): void => {
    if (!told.get(trouble)) log.warn('metrics go without a part', { trouble });
    told.set(trouble, true);
  };
  const refresh = async (): Promise<void> => {
    const [seen] = await Promise.all([see(), showOutbox()]);
    for (const { name, reason } of seen?.unreadable ?? [])
      tellOnce(`queue ${name} cannot be read: ${reason}`);
    for (const trouble of seen?.troubles ?? []) tellOnce(trouble);
    for (const show of shows) show(seen);
    worker.show();
  };
  return {
    ...counted,
    tellMeter: (meter, ofQueues) => {
      const registries = ofQueues ? [own, registry] : [own];
      times.onTimed = tellMeter(meter, {
        registries,
        refresh: async () => (ofQueues ? refresh() : worker.show()),
      });
    },
    jobsLost: lost.count,
    dutyFailed: worker.dutyFailed,
    watchRedis: redis.watch,
    watchWorker: worker.watch,
    watchSwarm: swarm.watch,
    processEnded: swarm.ended,
    processDied: swarm.died,
    own: tellOwn,
    keyFailed: registerKeyFailures(own),
    contentType: registry.contentType,
    text: async () => {
      await refresh();
      const ofProcesses = await swarm.merged(tellOwn);
      return `${await (ofProcesses ?? own).metrics()}\n${await registry.metrics()}`;
    },
  };
}

/** Who hears of times as they are counted; null for nobody. */
interface Times {
  onTimed: OnTimed | null;
}

function countJobs(registry: Registry, known: readonly JobLabels[], times: Times): JobCounting {
  const tally = new JobTally();
  for (const pair of known) tally.row(pair);
  registerJobCounters(registry, tally);
  registerJobHistograms(registry, tally);
  const time = (row: JobRow, part: TimedPart, ms: number): void => {
    row[part].observe(ms / 1_000);
    times.onTimed?.(part, row.labels, ms / 1_000);
  };
  const ended = (as: 'succeeded' | 'failed') => (job: EndedJob) => {
    const row = tally.row(job);
    row[as]++;
    time(row, 'duration', job.durationMs);
    if (job.totalMs !== null) time(row, 'total', job.totalMs);
  };
  return {
    jobAdded: (job) => tally.row(job).added++,
    jobStarted: (job) => {
      const row = tally.row(job);
      row.started++;
      if (job.waitedMs !== null) time(row, 'waiting', job.waitedMs);
    },
    jobSucceeded: ended('succeeded'),
    jobRetried: (job) => {
      const row = tally.row(job);
      row.retried++;
      time(row, 'duration', job.durationMs);
    },
    jobFailed: ended('failed'),
    jobSnoozed: (job) => tally.row(job).snoozed++,
    jobInterrupted: (job) => tally.row(job).interrupted++,
    jobFenced: (job) => tally.row(job).fenced++,
  };
}
