import type { EngineName, QueueFault } from './engines.ts';
import type { Remains } from './ledger.ts';
import type { Setting } from './setting.ts';

/** How a job breaks the process that runs it first. */
export type Breaking = { blocksForMs: number } | { exits: true };

/** What it calls its schedule. */
export interface ScheduleName {
  name: string;
  queue: string;
}

/** Who looks at the engine on trial from outside, changes its queues, and adds jobs that break their workers. */
export interface Operator {
  readonly engine: EngineName;
  /** Makes the queues as the mix needs them. */
  prepare(): Promise<void>;
  addBreaker(name: string, how: Breaking): Promise<unknown>;
  readonly queueStrikes: Partial<Record<QueueFault, NonNullable<Setting['strikes'][QueueFault]>>>;
  /** Null where it has none. */
  readonly schedule: ScheduleName | null;
  hasFiredSince(at: number): Promise<boolean>;
  endSchedule(): Promise<unknown>;
  /** Counts what waits, runs or is to come, in all queues of the mix. */
  countOpen(): Promise<number>;
  /** Reads every job that has not succeeded. */
  readRemains(): Promise<Remains[]>;
  /** Reads the keys that nothing needs any more once all jobs have ended and all processes have left. */
  readStrayKeys(): Promise<string[]>;
  redisVersion(): Promise<string>;
  close(): Promise<void>;
}

/** Where the queues are. */
export interface OperatorPlace {
  url: string;
  prefix: string;
}
