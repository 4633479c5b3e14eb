import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { GroupSettings } from './group.ts';
import type { JobOptions } from './options.ts';

/** What a job is: its type, where it waits, the shape of its data and the defaults of its options. */
export interface JobDefinition<
  Input = unknown,
  Data = Input,
  Result = unknown,
  Reads = unknown,
  Signals = unknown,
> {
  readonly type: string;
  readonly queue: string;
  readonly schema: StandardSchemaV1<Input, Data>;
  readonly defaults: JobOptions;
  /** What its handler returns; absent where nobody said. */
  readonly result?: StandardSchemaV1<Result>;
  /** The steps of a workflow whose results it reads, by their names; absent where none is named. */
  readonly reads?: Reads;
  /** What the data are of the signals that it waits for, by their names; absent where any may come. */
  readonly signals?: Signals;
  /** When groups of such jobs are handed over; absent for a type that gathers none. */
  readonly group?: GroupSettings;
  /** Whether an attempt whose time is over ends only with its handler; absent for no. */
  readonly retryAfterEnd?: boolean;
}
