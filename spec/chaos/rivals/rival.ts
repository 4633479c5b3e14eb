import type { QueueFault } from '../engines.ts';
import type { Remains } from '../ledger.ts';
import type { Work } from '../mix.ts';

/** Where the queue of another engine is: in one Redis alone. */
export interface Place {
  url: string;
  prefix: string;
  queue: string;
}

/** How a job is added; its id is the name of its work. */
export interface AddHow {
  /** Not to begin before, epoch ms. */
  dueAt?: number;
  /** What no other job that has not ended may have. */
  unique?: string;
}

/** Work that comes after other work. */
export interface Flow {
  work: Work;
  after: readonly Flow[];
  /** Whether it also comes when what it comes after has failed. */
  anyway: boolean;
}

/** What a run asks of another engine, over connections of its own. A call that fails may be made again. */
export interface Rival {
  /** Adds a job; resolves, once it is stored, with the id of the job that is there: another's, where that is unique. */
  add(work: Work, how?: AddHow): Promise<string>;
  addFlow(flow: Flow): Promise<void>;
  change(what: QueueFault, isOn: boolean): Promise<void>;
  startSchedule(): Promise<void>;
  /** When the schedule fires next, epoch ms; null when it does not. */
  nextFiring(): Promise<number | null>;
  endSchedule(): Promise<void>;
  /** Counts what waits, runs or is to come. */
  countOpen(): Promise<number>;
  /** Reads what is in Redis and has not succeeded. */
  remains(): Promise<Remains[]>;
  /** The keys that stay when all jobs have ended. */
  readonly lasting: RegExp;
  close(): Promise<void>;
}

/** A call of a handler. */
export interface RivalAttempt {
  id: string;
  attempt: number;
}

/** What runs jobs. */
export interface RivalWorker {
  /** Waits for what runs, for so long. */
  close(patienceMs: number): Promise<void>;
}

/** Runs a job; throws `RetryLater` to put it off, where the engine can. */
export type RunWork = (work: Work, attempt: RivalAttempt) => Promise<unknown>;

/** Another job system, as its own documents advise to set it up. */
export interface RivalEngine {
  open(place: Place): Promise<Rival>;
  work(place: Place, concurrency: number, run: RunWork): Promise<RivalWorker>;
}
