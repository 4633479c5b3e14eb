import { ApiaryError } from '../../errors.ts';
import { isSealed } from '../../keyring.ts';
import { readOwn } from '../own-json.ts';
import { openRecord, type Sealing, sealOf, tamperedWith } from '../record/private.ts';
import { type JobOutcome, type JobRecord, parseRecord } from '../record/record.ts';
import type { JobMessage } from './job-messages.ts';

/** The error that ended a job. */
export interface JobEndError {
  name: string;
  message: string;
  code?: string;
}

/** How a job ended. */
export type JobEnd<Result = unknown> =
  | {
      outcome: 'succeeded';
      /** What the handler returned, as JSON carries it; null when that was nothing. */
      result: Result;
    }
  | { outcome: Exclude<JobOutcome, 'succeeded'>; error: JobEndError };

/**
 * Reads how a job ended from the record it left in `succeeded` or `failed`, which anybody may have written. Throws
 * ENCRYPTION_KEY_MISSING or RECORD_TAMPERED for one that is encrypted and cannot be opened.
 */
export function endInRecord(
  state: 'succeeded' | 'failed',
  raw: string,
  { sealing, id }: { sealing: Sealing; id: string },
): JobEnd {
  const record = parseRecord(raw);
  const options = record?.options;
  if (record?.options.encrypted && !isClear(record)) openRecord(sealOf(sealing, id), record);
  if (state === 'succeeded') return { outcome: 'succeeded', result: options?.result ?? null };
  const { outcome, errors, stacktraces } = options ?? {};
  return {
    outcome: outcome === undefined || outcome === 'succeeded' ? 'failed' : outcome,
    error: lastError(errors) ?? { name: 'Error', message: firstLine(stacktraces) },
  };
}

/** Whether there is nothing to open of how it ended: it failed before it was opened, or returned nothing. */
function isClear({ options: { result, errors } }: JobRecord): boolean {
  const last: unknown = Array.isArray(errors) ? errors[0] : null;
  const message: unknown = typeof last === 'object' && last !== null ? Reflect.get(last, 'message') : null;
  return !isSealed(result) && !isSealed(message);
}

/** Opens what was announced of an encrypted job; says why where that cannot be, and its record has to tell. */
export function openAnnounced(
  end: JobEnd,
  { sealing, id }: { sealing: Sealing; id: string },
): JobEnd | ApiaryError {
  const text = end.outcome === 'succeeded' ? end.result : end.error.message;
  if (!isSealed(text)) return end;
  try {
    const seal = sealOf(sealing, id);
    if (end.outcome === 'succeeded') return { ...end, result: readOwn<unknown>(seal.open('result', text)) };
    return { ...end, error: { ...end.error, message: seal.open('error', text) } };
  } catch (thrown) {
    return thrown instanceof ApiaryError ? thrown : tamperedWith(thrown);
  }
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
