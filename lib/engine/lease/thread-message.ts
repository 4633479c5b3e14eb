import type { WorkerInfo } from '../queries/presence.ts';
import type { ConnectionFacts } from './connection-facts.ts';

/** What the thread is given at its start. */
export interface ThreadData {
  /** That of the heartbeat. */
  memory: SharedArrayBuffer;
  /** The name of the symbol under which the main thread can be asked whose code runs there. */
  hook: string;
}

/** A job that runs, as a worker says it of itself. */
export type RunningFacts = WorkerInfo['running'][number];

/** A lease that is to be kept, over the connection of that number. */
export interface KeptLease {
  place: number;
  prefix: string;
  queue: string;
  incarnation: string;
  leaseMs: number;
}

/** What the main thread tells the one that keeps its leases. */
export type ThreadMessage =
  | { tell: 'opened'; place: number; connection: ConnectionFacts }
  /** With it go its leases, and what was said over it. */
  | { tell: 'closed'; place: number }
  | { tell: 'held'; lease: KeptLease }
  | { tell: 'left'; incarnation: string }
  /** A worker has said this of itself, which ends by itself unless it is said again. */
  | { tell: 'said'; place: number; prefix: string; info: WorkerInfo }
  /** It has begun this since. */
  | { tell: 'began'; place: number; job: RunningFacts };
