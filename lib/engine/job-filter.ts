import { ApiaryError } from '../errors.ts';
import { type JobRecord, parseRecord, type StoredOptions, unreadableRecord } from './record.ts';

/** Which jobs a call on many is about; all of them when it says nothing. */
export interface JobFilter {
  /** The name of their type; a job without one is of the type named like its queue. */
  type?: string;
  /** A part of the message of their newest error. */
  error?: string;
}

const NAMES: readonly (keyof JobFilter)[] = ['type', 'error'];

/**
 * Throws JOB_INVALID for a filter with a name it does not know or a value that is no text: what was meant to narrow a
 * removal must never widen it.
 */
export function requireFilter(filter: JobFilter): void {
  for (const [name, value] of Object.entries(filter)) {
    if (!NAMES.some((known) => known === name)) {
      throw refusal(name, `is unknown; known are ${NAMES.join(' and ')}`);
    }
    if (typeof value !== 'string' || value === '') throw refusal(name, 'must be a text that is not empty');
  }
}

/** Whether the filter lets every job pass. */
export function passesAll(filter: JobFilter): boolean {
  return filter.type === undefined && filter.error === undefined;
}

/** Whether a stored job of a queue is one that the filter is about; `raw` is its record as read. */
export function passes(filter: JobFilter, queue: string, raw: string | null): boolean {
  return matches(filter, queue, parseRecord(raw ?? '') ?? unreadableRecord(raw, 0));
}

/** The same of a record that was parsed. */
export function matches({ type, error }: JobFilter, queue: string, { options }: JobRecord): boolean {
  if (type !== undefined && (options.type ?? queue) !== type) return false;
  return error === undefined || (newestMessage(options)?.includes(error) ?? false);
}

/** Of an attempt under a stock worker only the stack is kept, which begins with the message. */
function newestMessage({ errors = [], stacktraces = [] }: StoredOptions): string | undefined {
  const [newest] = errors;
  if (newest) return String(newest.message);
  const [stack] = stacktraces;
  return stack === undefined ? undefined : String(stack).split('\n')[0];
}

function refusal(name: string, why: string): ApiaryError {
  const message = `filter.${name} ${why}`;
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path: `filter.${name}`, message }] });
}
