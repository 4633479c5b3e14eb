import type { EngineName, Retention, Spread } from './engines/engine.ts';
import type { MetricName } from './metrics.ts';

/** What a child process is told to measure. */
export type Measurement =
  | { kind: 'add'; jobs: number; inFlight: number }
  | { kind: 'add-batch'; jobs: number }
  | {
      kind: 'process';
      jobs: number;
      concurrency: number;
      retention: Retention;
      delayMs?: number;
      spread?: Spread;
    }
  | { kind: 'end-to-end'; jobs: number; concurrency: number; delayMs: number }
  | { kind: 'pick-up'; jobs: number; delayMs?: number }
  | { kind: 'fleet'; jobs: number; processes: number; retention: Retention }
  | SwarmMeasurement
  | IsolatedMeasurement
  | { kind: 'idle' }
  | { kind: 'start' }
  | { kind: 'memory'; jobs: number }
  | HttpMeasurement
  | { kind: 'depth'; depth: number }
  | { kind: 'soak'; jobs: number };

/** Jobs that compute for so long each, in several processes that `apiary start` starts, or in one. */
export interface SwarmMeasurement {
  kind: 'swarm';
  jobs: number;
  processes: number;
  computeMs: number;
}

/** Jobs that do nothing, in threads or processes of the worker; and how long one takes there that is alone. */
export interface IsolatedMeasurement {
  kind: 'isolated';
  jobs: number;
  isolate: 'thread' | 'process';
  poolSize: number;
}

/** Adds over HTTP, so many jobs a request. */
export interface HttpMeasurement {
  kind: 'http';
  jobs: number;
  connections: number;
  /** Whether the service has keys. */
  keys: boolean;
  /** Whether the latency is that at half of what can be answered. */
  halfLoad?: boolean;
}

/** One measurement, and what of it goes into the table. */
export interface Row {
  label: string;
  measurement: Measurement;
  metrics: readonly MetricName[];
  /** Default: all. */
  engines?: readonly EngineName[];
  limitMs: number;
}

/** Which rows are wanted. */
export interface RowChoice {
  /** A tenth of the jobs. */
  quick: boolean;
  deep: boolean;
  soak: boolean;
  /** Parts of labels; none means all. */
  only: readonly string[];
}

const OURS = ['ours', 'against'] as const;
const LIMIT_MS = 120_000;
const LONG_LIMIT_MS = 600_000;

/** The rows of the table, in order. */
export function chooseRows({ quick, deep, soak, only }: RowChoice): Row[] {
  const scale = quick ? 0.1 : 1;
  const rows = [
    ...addRows(scale),
    ...processRows(scale),
    ...fleetRows(scale),
    ...computeRows(scale),
    ...isolatedRows(scale),
    ...limitedRows(scale),
    ...delayedRows(scale),
    ...httpRows(),
    ...restRows(),
    ...(deep ? depthRows() : []),
    ...(soak ? [soakRow(scale)] : []),
  ];
  return rows.filter(({ label }) => only.length === 0 || only.some((part) => label.includes(part)));
}

function addRows(scale: number): Row[] {
  const common = { metrics: ['jobsPerSecond'], limitMs: LIMIT_MS } as const;
  return [
    { label: 'add 1 in flight', measurement: { kind: 'add', jobs: 10_000 * scale, inFlight: 1 }, ...common },
    {
      label: 'add 100 in flight',
      measurement: { kind: 'add', jobs: 50_000 * scale, inFlight: 100 },
      ...common,
    },
    {
      label: 'add in batches of 1000',
      measurement: { kind: 'add-batch', jobs: 100_000 * scale },
      ...common,
    },
  ];
}

function processRows(scale: number): Row[] {
  const row = (jobs: number, concurrency: number, retention: 'newest' | 'none'): Row => ({
    label: `process at ${concurrency} ${retention === 'none' ? 'removed' : 'kept'}`,
    measurement: { kind: 'process', jobs: jobs * scale, concurrency, retention },
    metrics: ['jobsPerSecond'],
    limitMs: LIMIT_MS,
  });
  return [
    row(20_000, 1, 'newest'),
    row(100_000, 10, 'newest'),
    {
      ...row(100_000, 100, 'newest'),
      metrics: ['jobsPerSecond', 'redisMicrosPerJob', 'nodeMicrosPerJob'],
    },
    row(100_000, 1_000, 'newest'),
    row(100_000, 100, 'none'),
    {
      label: 'pick-up by an idle worker',
      measurement: { kind: 'pick-up', jobs: 300 * scale },
      metrics: ['p50Ms', 'p99Ms'],
      limitMs: LIMIT_MS,
    },
    {
      label: 'memory of a kept job',
      measurement: { kind: 'memory', jobs: 20_000 * scale },
      metrics: ['bytesPerJob'],
      limitMs: LIMIT_MS,
    },
  ];
}

/** Several worker processes on one queue, each at 100. */
function fleetRows(scale: number): Row[] {
  return (['newest', 'none'] as const).flatMap((retention) =>
    [1, 2, 4].map((processes): Row => {
      const kept = retention === 'none' ? 'removed' : 'kept';
      return {
        label: `process at 100 ${kept} by ${processes} process${processes > 1 ? 'es' : ''}`,
        measurement: { kind: 'fleet', jobs: 100_000 * scale, processes, retention },
        metrics: ['jobsPerSecond', 'redisMicrosPerJob'],
        limitMs: LIMIT_MS,
      };
    }),
  );
}

/** What a core more is worth to jobs that compute. */
function computeRows(scale: number): Row[] {
  return [1, 2, 4].map((processes) => ({
    label: `compute 20 ms by ${processes} process${processes > 1 ? 'es' : ''}`,
    measurement: { kind: 'swarm', jobs: 1_000 * scale, processes, computeMs: 20 },
    metrics: ['jobsPerSecond'],
    engines: ['ours'],
    limitMs: LIMIT_MS,
  }));
}

/** What it costs to run a handler in a thread or process of its own. */
function isolatedRows(scale: number): Row[] {
  return (['thread', 'process'] as const).map((isolate) => ({
    label: `isolated by ${isolate}, a pool of 4`,
    measurement: { kind: 'isolated', jobs: 20_000 * scale, isolate, poolSize: 4 },
    metrics: ['jobsPerSecond', 'p50Ms', 'p99Ms'],
    engines: OURS,
    limitMs: LIMIT_MS,
  }));
}

/** What it costs to be there, with nothing to do. */
function restRows(): Row[] {
  return [
    {
      label: 'idle worker',
      measurement: { kind: 'idle' },
      metrics: ['commandsPerSecond', 'idleCpuMs'],
      limitMs: LIMIT_MS,
    },
    {
      label: 'start',
      measurement: { kind: 'start' },
      metrics: ['loadMs', 'loadMib', 'readyMs'],
      limitMs: LIMIT_MS,
    },
  ];
}

/** Limits that hold nothing back, and priorities: what it costs to look. And what it costs to encrypt. */
function limitedRows(scale: number): Row[] {
  const rate = { count: 1_000_000, perMs: 1_000 };
  const row = (label: string, spread: Spread): Row => ({
    label: `process at 100 kept, ${label}`,
    measurement: { kind: 'process', jobs: 50_000 * scale, concurrency: 100, retention: 'newest', spread },
    metrics: ['jobsPerSecond', 'redisMicrosPerJob'],
    engines: OURS,
    limitMs: LIMIT_MS,
  });
  return [
    row('limited by rate and key', { keys: 100, limits: { rate, perKey: { concurrency: 100 } } }),
    row('with priorities', { priorities: 10 }),
    row('fair to 1000 keys', { keys: 1_000, limits: { fair: true } }),
    { ...row('all encrypted', { encrypted: true }), engines: ['ours'] },
  ];
}

function delayedRows(scale: number): Row[] {
  const common = { metrics: ['jobsPerSecond'], limitMs: LIMIT_MS } as const;
  const jobs = 30_000 * scale;
  const pickUp: Row = {
    label: 'pick-up by an idle worker, 1 ms away',
    measurement: { kind: 'pick-up', jobs: 300 * scale, delayMs: 1 },
    metrics: ['p50Ms', 'p99Ms'],
    limitMs: LIMIT_MS,
  };
  const throughput = [1, 5].flatMap((delayMs): Row[] => [
    {
      label: `process at 100 kept ${delayMs} ms away`,
      measurement: { kind: 'process', jobs, concurrency: 100, retention: 'newest', delayMs },
      ...common,
    },
    {
      label: `end to end at 100 ${delayMs} ms away`,
      measurement: { kind: 'end-to-end', jobs, concurrency: 100, delayMs },
      ...common,
    },
  ]);
  return [pickUp, ...throughput];
}

/** Adds over HTTP, and how much that is of what a bare route of Express can answer. */
function httpRows(): Row[] {
  const row = (label: string, rest: Omit<HttpMeasurement, 'kind'>, metrics: Row['metrics']): Row => ({
    label: `HTTP, ${label}`,
    measurement: { kind: 'http', ...rest },
    metrics,
    engines: OURS,
    limitMs: LIMIT_MS,
  });
  const one = { jobs: 1, connections: 50 };
  return [
    row('one add a request', { ...one, keys: false }, ['jobsPerSecond', 'shareOfExpress']),
    row('one add a request, with keys', { ...one, keys: true }, ['jobsPerSecond', 'shareOfExpress']),
    row('one add a request, half load', { ...one, keys: true, halfLoad: true }, ['p99Ms']),
    row('100 adds a request', { jobs: 100, connections: 10, keys: true }, ['jobsPerSecond']),
  ];
}

function depthRows(): Row[] {
  return [1_000, 100_000, 1_000_000].map((depth) => ({
    label: `process at 100 with ${depth} waiting`,
    measurement: { kind: 'depth', depth },
    metrics: ['microsPerJob'],
    engines: OURS,
    limitMs: LONG_LIMIT_MS,
  }));
}

function soakRow(scale: number): Row {
  return {
    label: 'soak',
    measurement: { kind: 'soak', jobs: 1_000_000 * scale },
    metrics: ['jobsPerSecond', 'warmRssMib', 'endRssMib', 'keysLeft'],
    engines: OURS,
    limitMs: LONG_LIMIT_MS,
  };
}
