import { JOB_STATES, type JobState } from '../engine/keys.ts';
import { parseRecord } from '../engine/record/record.ts';
import type { MovedJob } from '../engine/transfer/moved-job.ts';
import { memberOf } from '../json-text.ts';

/** A job that a line of an export tells of. */
export interface ImportedLine extends MovedJob {
  queue: string;
}

const LONGEST_NAME = 1_024;

/** Reads a line of an export; null for one that is none. */
export function readImportLine(line: string): ImportedLine | null {
  const read = parsed(line);
  if (read === null) return null;
  const { queue, id, state, at } = read;
  const known = JOB_STATES.find((one): one is JobState => one === state);
  const record = memberOf(line, 'record');
  if (known === undefined || record === null || !isName(queue) || !isName(id)) return null;
  if (parseRecord(record) === null || !(at === null || Number.isFinite(at))) return null;
  return { queue, id, state: known, at: at === null ? null : Number(at), record };
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { at: null, ...value } : null;
  } catch {
    return null;
  }
}

/** Other programs choose names too; halves of characters Redis would keep as others. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !/\p{Cs}/u.test(value);
}
