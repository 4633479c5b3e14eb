import { elementsOf } from '../../json-text.ts';
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

const COMMA = 44;

/** Jobs as `take.lua` gives them: their ids as a JSON list, their records as one with a line for each, or as a list. */
export type TakenReply = [ids: string, records: string | string[]];

/**
 * Reads jobs as `take.lua` gives them: parsed as one text, which is several times as fast as one by one. Null when
 * there is no telling the records apart: one is no JSON, or more than one, and each has to be read by itself.
 */
export function readTaken([ids, records]: TakenReply, now: number): Taken[] | null {
  const names = readOwn<string[]>(ids);
  if (typeof records !== 'string') return names.map((id, at) => toTaken(id, records[at] ?? null, now));
  const values = parseList(records);
  if (values?.length !== names.length) return null;
  // A record that was written over several lines hides which is whose.
  const lines = linesOf(records, names.length);
  const texts = lines ?? elementsOf(records);
  return names.map((id, at) => {
    const value = values[at];
    const record = toRecord(value);
    const text = texts[at] ?? '';
    if (record) return { id, record, text, readable: true, opening: lines ? openingOf(text, record) : null };
    return {
      id,
      record: unreadableRecord(textOf(value), now),
      text: null,
      readable: false,
      opening: null,
    };
  });
}

/** Reads a job by itself; one that cannot be read gets a record that stands in for it. */
export function toTaken(id: string, raw: string | null, now: number): Taken {
  const record = raw === null ? null : parseRecord(raw);
  if (record) return { id, record, text: raw, readable: true, opening: null };
  return { id, record: unreadableRecord(raw, now), text: null, readable: false, opening: null };
}

/**
 * The lines of a list that has one for each of so many records, and one for each bracket; null where it has others.
 * Behind every one but the last stands the comma of the list.
 */
function linesOf(text: string, count: number): string[] | null {
  const lines: string[] = [];
  let from = text.indexOf('\n') + 1;
  for (let end = text.indexOf('\n', from); end !== -1; end = text.indexOf('\n', from)) {
    lines.push(text.slice(from, text.charCodeAt(end - 1) === COMMA ? end - 1 : end));
    from = end + 1;
  }
  return lines.length === count ? lines : null;
}

function parseList(text: string): unknown[] | null {
  try {
    return readOwn<unknown[]>(text);
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
