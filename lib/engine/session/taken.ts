import { readOwn } from '../own-json.ts';
import {
  type JobRecord,
  type Opening,
  openingOf,
  parseRecord,
  toRecord,
  unreadableRecord,
} from '../record/record.ts';

/** A job as it was taken. */
export interface Taken {
  id: string;
  /** Its data are for the handler, who may do with them what he likes: `text` has what is stored. */
  record: JobRecord;
  /** The stored record as it is written; null when it is not readable. */
  text: string | null;
  /** False when the stored record is gone or unreadable: then `record` only stands in for it. */
  readable: boolean;
  /** What is stored, cut open, when nothing has happened to the job yet; else null. */
  opening: Opening | null;
  /** The name of the claim, where a wait made it: a settle has to say it. */
  claimName?: string;
}

/** Jobs as `take.lua` gives them: their ids as a JSON list, and their records, null where one is gone. */
export type TakenReply = [ids: string, records: readonly (string | null)[]];

/**
 * Reads jobs as `take.lua` gives them: parsed as one text, which is several times as fast as one by one; and one by one
 * where there is no telling them apart there, as one is no JSON, or more than one.
 */
export function readTaken([ids, records]: TakenReply, now: number): Taken[] {
  const names = readOwn<string[]>(ids);
  const values = parseTogether(records);
  if (values?.length !== names.length) return names.map((id, at) => toTaken(id, records[at] ?? null, now));
  return names.map((id, at) => {
    const text = records[at] ?? null;
    const record = toRecord(values[at]);
    if (text === null || !record) return toTaken(id, text, now);
    return { id, record, text, readable: true, opening: openingOf(text, record) };
  });
}

/** Reads a job by itself; one that cannot be read gets a record that stands in for it. */
export function toTaken(id: string, raw: string | null, now: number): Taken {
  const record = raw === null ? null : parseRecord(raw);
  if (record) return { id, record, text: raw, readable: true, opening: null };
  return { id, record: unreadableRecord(raw, now), text: null, readable: false, opening: null };
}

/** The values of JSON texts; null where one is no JSON, or not there. */
function parseTogether(records: readonly (string | null)[]): unknown[] | null {
  try {
    return readOwn<unknown[]>(`[${records.join(',')}]`);
  } catch {
    return null;
  }
}
