import type { FailureGroup, JobInfo, QueueInfo, WhyReason } from '../../inspector/inspector.ts';

/** A queue in the list. */
export interface QueueRow extends QueueInfo {
  /** Null when that is not known, see `Rates`. */
  inPerMin: number | null;
  outPerMin: number | null;
}

/** A job that runs, as its worker said last. */
export interface RunningRow {
  queue: string;
  id: string;
  type: string;
  startedAt: number;
  /** Whether its handler goes on although it was told to stop. */
  isStuck: boolean;
  /** `host:pid` */
  worker: string;
}

/** A live worker, as it said last. */
export interface WorkerRow {
  /** Made anew at every start. */
  id: string;
  /** `host:pid` */
  worker: string;
  status: string;
  version: string;
  startedAt: number;
  queues: readonly string[];
  /** How many of its slots are taken, and how many it has. */
  runs: number;
  slots: number;
}

/** Failed jobs of a queue that died of the same. */
export interface FailureRow extends FailureGroup {
  queue: string;
  /** Whether there are failed jobs that were not looked at. */
  isMore: boolean;
}

/** A job that is open, as it was read; null when there is none. */
export interface OpenJob {
  job: JobInfo | null;
  reasons: readonly WhyReason[];
}

/** What one look at Redis found. */
export interface TopFacts {
  /** Those of the queues on the screen that could be read. */
  queues: ReadonlyMap<string, QueueRow>;
  /** What is wrong with the others. */
  unreadable: ReadonlyMap<string, string>;
  workers: readonly WorkerRow[];
  /** What runs longest comes first. */
  running: readonly RunningRow[];
  /** What failed last comes first. */
  failures: readonly FailureRow[];
}

/** What is known before the first look. */
export const NO_FACTS: TopFacts = {
  queues: new Map(),
  unreadable: new Map(),
  workers: [],
  running: [],
  failures: [],
};
