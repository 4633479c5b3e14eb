import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Clock, systemClock } from '../../clock.ts';
import { type Inspector, JOB_STATES, type QueueInfo } from '../../inspector/inspector.ts';
import type { Logger } from '../../logger.ts';
import { cachedQueueNames, type QueueNames } from '../queue-names.ts';
import { withinLimit } from '../time-limit.ts';

/** Counts what happens in this process, and tells it together with the state of the queues. See `docs/metrics.md`. */
export interface Metrics {
  jobAdded(queue: string, type: string): void;
  jobStarted(queue: string, type: string): void;
  jobSucceeded(queue: string, type: string, durationMs: number): void;
  jobRetried(queue: string, type: string, durationMs: number): void;
  jobFailed(queue: string, type: string, durationMs: number): void;
  jobFenced(queue: string, type: string): void;
  /** Jobs whose worker died went back to waiting; of what type is not known then. */
  jobsLost(queue: string, count: number): void;
  /** Writes everything in Prometheus's text format; within seconds also while Redis is away, and never rejects. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What the metrics work with. */
export interface MetricsDeps {
  inspector: Inspector;
  log: Logger;
  /** Default: the inspector's list, read again after a few seconds. */
  queues?: QueueNames;
  clock?: Clock;
}

const READ_LIMIT_MS = 3_000;
const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];
/** Each pair of queue and type is a time series; callers of the HTTP API may name any. */
const MOST_PAIRS = 1_000;

type Label = 'queue' | 'type';
type Labels = Readonly<Record<Label, string>>;

/** Makes the metrics of this process, with a registry of their own. */
export function createMetrics({ inspector, log, queues, clock = systemClock }: MetricsDeps): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = createCounters(registry);
  const gauges = createGauges(registry);
  const names = queues ?? cachedQueueNames(inspector, clock);
  const limit = { clock, limitMs: READ_LIMIT_MS, what: 'reading the queues' };
  const refresh = async (): Promise<void> => {
    const infos = await withinLimit(limit, () => readQueues(inspector, names)).catch((err: unknown) => {
      log.warn('metrics go without the queues', { err });
      return null;
    });
    gauges.show(infos);
  };
  return {
    ...counters,
    contentType: registry.contentType,
    text: async () => {
      await refresh();
      return registry.metrics();
    },
  };
}

async function readQueues(inspector: Inspector, names: QueueNames): Promise<QueueInfo[]> {
  await inspector.ping();
  return Promise.all((await names()).map((name) => inspector.queue(name)));
}

function createCounters(registry: Registry): Omit<Metrics, 'text' | 'contentType'> {
  const counter = (
    name: string,
    help: string,
    labelNames: readonly Label[] = ['queue', 'type'],
  ): Counter<Label> =>
    new Counter({ name: `apiary_jobs_${name}_total`, help, labelNames, registers: [registry] });
  const added = counter('added', 'Jobs created through this process.');
  const started = counter('started', 'Attempts begun.');
  const succeeded = counter('succeeded', 'Jobs that succeeded.');
  const retried = counter('retried', 'Attempts that failed and are followed by another.');
  const failed = counter('failed', 'Jobs that failed for good.');
  const fenced = counter(
    'fenced',
    'Attempts that ended after their claim was gone; their end changed nothing.',
  );
  const lost = counter('lost', 'Jobs given back to waiting because their worker died.', ['queue']);
  const duration = new Histogram({
    name: 'apiary_job_duration_seconds',
    help: 'How long ended attempts ran.',
    labelNames: ['queue', 'type'],
    buckets: DURATION_BUCKETS_S,
    registers: [registry],
  });
  const labels = boundedLabels();
  const ended = (of: Counter<Label>) => (queue: string, type: string, durationMs: number) => {
    of.inc(labels(queue, type));
    duration.observe(labels(queue, type), durationMs / 1_000);
  };
  return {
    jobAdded: (queue, type) => added.inc(labels(queue, type)),
    jobStarted: (queue, type) => started.inc(labels(queue, type)),
    jobSucceeded: ended(succeeded),
    jobRetried: ended(retried),
    jobFailed: ended(failed),
    jobFenced: (queue, type) => fenced.inc(labels(queue, type)),
    jobsLost: (queue, count) => lost.inc({ queue }, count),
  };
}

/** Keeps the label object of each pair, as one is needed several times per job; past the limit all are `other`. */
function boundedLabels(): (queue: string, type: string) => Labels {
  const known = new Map<string, Map<string, Labels>>();
  const other = { queue: 'other', type: 'other' };
  let count = 0;
  return (queue, type) => {
    const found = known.get(queue)?.get(type);
    if (found) return found;
    if (count === MOST_PAIRS) return other;
    count++;
    const labels = { queue, type };
    const types = known.get(queue) ?? new Map<string, Labels>();
    known.set(queue, types.set(type, labels));
    return labels;
  };
}

function createGauges(registry: Registry): { show(infos: QueueInfo[] | null): void } {
  const gauge = (name: string, help: string, labelNames: string[]): Gauge =>
    new Gauge({ name: `apiary_${name}`, help, labelNames, registers: [registry] });
  const up = gauge('redis_up', 'Whether Redis told the state of the queues for this answer.', []);
  const jobs = gauge('queue_jobs', 'Jobs per state.', ['queue', 'state']);
  const grouped = gauge('queue_grouped_jobs', 'Jobs that wait in groups, in no state.', ['queue']);
  const latency = gauge('queue_latency_seconds', 'Age of the job that is next to run.', ['queue']);
  const paused = gauge('queue_paused', 'Whether workers are kept from taking jobs.', ['queue']);
  return {
    show: (infos) => {
      for (const one of [jobs, grouped, latency, paused]) one.reset();
      up.set(infos === null ? 0 : 1);
      for (const { name: queue, counts, grouped: inGroups, latencyMs, paused: note } of infos ?? []) {
        for (const state of JOB_STATES) jobs.set({ queue, state }, counts[state]);
        grouped.set({ queue }, inGroups);
        latency.set({ queue }, latencyMs / 1_000);
        paused.set({ queue }, note === null ? 0 : 1);
      }
    },
  };
}
