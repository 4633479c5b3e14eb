import { type JobOutcome, parseRecord } from '../record/record.ts';
import type { JobMessage } from './job-messages.ts';

/** The error that ended a job. */
export interface JobEndError {
  name: string;
  message: string;
  code?: string;
}

/** How a job ended. */
export type JobEnd =
  | {
      outcome: 'succeeded';
      /** What the handler returned, as JSON carries it; null when that was nothing. */
      result: unknown;
    }
  | { outcome: Exclude<JobOutcome, 'succeeded'>; error: JobEndError };

/** Reads how a job ended from the record it left in `succeeded` or `failed`, which anybody may have written. */
export function endInRecord(state: 'succeeded' | 'failed', raw: string): JobEnd {
  const options = parseRecord(raw)?.options;
  if (state === 'succeeded') return { outcome: 'succeeded', result: options?.result ?? null };
  const { outcome, errors, stacktraces } = options ?? {};
  return {
    outcome: outcome === undefined || outcome === 'succeeded' ? 'failed' : outcome,
    error: lastError(errors) ?? { name: 'Error', message: firstLine(stacktraces) },
  };
}

/**
 * Reads how a job ended from a message on the `events` channel; null when the message is of no end. It says less than
 * a record: of an error the text alone, and of a job that was given up never why.
 */
export function endInMessage({ event, data }: JobMessage): JobEnd | null {
  if (event === 'succeeded') return { outcome: 'succeeded', result: data ?? null };
  if (event === 'failed') return { outcome: 'failed', error: { name: 'Error', message: data.message } };
  return null;
}

function lastError(errors: unknown): JobEndError | null {
  const last: unknown = Array.isArray(errors) ? errors[0] : null;
  if (typeof last !== 'object' || last === null || !('message' in last)) return null;
  const error = { name: 'name' in last ? toText(last.name) : 'Error', message: toText(last.message) };
  return 'code' in last ? { ...error, code: toText(last.code) } : error;
}

/** A stock worker stores stacks only: the first line of one is all there is to tell. */
function firstLine(stacks: unknown): string {
  const last: unknown = Array.isArray(stacks) ? stacks[0] : '';
  return toText(last).split('\n')[0] ?? '';
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
