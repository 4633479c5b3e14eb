import type { NewKind } from '../../inspector/inspector.ts';

/** What the rules of alerts go by, of one queue. */
export interface QueueAlertFacts {
  queue: string;
  latencyMs: number;
  overdueMs: number;
  isPaused: boolean;
  waiting: number;
  /** Live workers that take its jobs, and handlers of theirs that were told to stop and go on. */
  workers: number;
  stuck: number;
  /** Null where nobody has taken note. */
  inPerMin: number | null;
  outPerMin: number | null;
  /** Jobs that failed for good in the last hour. */
  failed: number;
  /** Schedules that missed ticks in the last hour, and how many. */
  missed: readonly { schedule: string; count: number; atLeast: boolean }[];
  /** Kinds of failure that nobody was told of yet. */
  kinds: readonly NewKind[];
}

/** What the rules of alerts go by, of Redis. */
export interface RedisAlertFacts {
  /** Null where it has no limit, or does not say. */
  usedPercent: number | null;
}
