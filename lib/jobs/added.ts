import { requireObject } from '../require-given.ts';
import type { AddOptions } from './options.ts';
import { NO_OPTIONS } from './prepared-options.ts';
import type { AddWarning } from './worker-check.ts';

/** A job without a definition at hand, as the HTTP API may be given it. */
export interface RawJob {
  type: string;
  queue: string;
  data: unknown;
  /** Default: none. */
  options?: AddOptions;
}

/** Fills in the options of a job that is to be added. Throws JOB_INVALID for what is no such job. */
export function readRawJob(job: RawJob): Required<RawJob> {
  const what = 'type, queue, data and options';
  const { type, queue, data, options = NO_OPTIONS } = requireObject('addRaw', what, job);
  return { type, queue, data, options };
}

/** Names what stands for the type of a result; nothing has it. */
declare const RESULT: unique symbol;

/** Says of a job, to the compiler alone, what its handler returns. */
export interface OfResult<Result> {
  readonly [RESULT]?: Result;
}

/** The answer to an added job. */
export interface Added<Result = unknown> extends OfResult<Result> {
  id: string;
  queue: string;
  type: string;
  /** False when a job with that id was there already, or when the job with this id holds the unique key. */
  created: boolean;
  /** Where the created job went; null when it was not created: what the other is in, the inspector says. */
  state: 'waiting' | 'delayed' | null;
  /** There only when the job that holds the unique key was given the new data and options; else it was not changed. */
  replaced?: true;
  /** There only when the producer was made with `warnings`, and there is something to think of. */
  warnings?: readonly AddWarning[];
}
