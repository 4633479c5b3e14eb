import { ageOf, epochOf } from './lanes.ts';
import { numberIn, textIn, textOrNullIn } from './postgres.ts';

/** A row as it stands in the table, all of it still to be checked: anybody may have inserted it. */
export interface StoredRow {
  /** Its number; those that were inserted later have greater ones. */
  seq: string;
  /** Where the database has it, for as long as it is locked. */
  place: string;
  /** Cut where it is longer than any that can be right, as type and addedBy are. */
  id: string;
  type: string;
  /** JSON; the database has seen to that. Null where it is longer than is read. */
  data: string | null;
  dataBytes: number;
  options: string | null;
  /** Null where there is none; `hasLongGather` where it is longer than is read. */
  gather: string | null;
  hasLongGather: boolean;
  addedBy: string | null;
  /** Epoch ms, by the clock of the database; NaN where it is no finite time. */
  addedAt: number;
  /** How long ago that was, by the same clock. */
  ageMs: number;
}

/** How long options and gather may be, in bytes, and how much is read of what must be short, in characters. */
export const MOST_OPTIONS_BYTES = 1_048_576;
const MOST_SHORT = 300;

/**
 * What {@link readRow} reads, as a statement selects it. No row can be so long that whoever reads it has no room for
 * it; of data up to `mostDataBytes` are read.
 */
export function rowColumns(mostDataBytes: number): string {
  return `seq, ctid::text as place, left(id, ${MOST_SHORT}) as id, left(type, ${MOST_SHORT}) as type,
  left(added_by, ${MOST_SHORT}) as added_by,
  ${shortOnly('data', mostDataBytes)}, octet_length(data::text)::text as data_bytes,
  ${shortOnly('options', MOST_OPTIONS_BYTES)}, ${shortOnly('gather', MOST_OPTIONS_BYTES)},
  (coalesce(octet_length(gather::text), 0) > ${MOST_OPTIONS_BYTES})::text as has_long_gather,
  ${epochOf('added_at')} as added_at, ${ageOf('added_at')} as age_ms`;
}

function shortOnly(column: string, mostBytes: number): string {
  return `case when octet_length(${column}::text) <= ${mostBytes} then ${column}::text end as ${column}`;
}

/** Reads a row that was selected by {@link rowColumns}. */
export function readRow(row: unknown): StoredRow {
  return {
    seq: textIn(row, 'seq'),
    place: textIn(row, 'place'),
    id: textIn(row, 'id'),
    type: textIn(row, 'type'),
    data: textOrNullIn(row, 'data'),
    dataBytes: numberIn(row, 'data_bytes'),
    options: textOrNullIn(row, 'options'),
    gather: textOrNullIn(row, 'gather'),
    hasLongGather: textIn(row, 'has_long_gather') === 'true',
    addedBy: textOrNullIn(row, 'added_by'),
    addedAt: numberIn(row, 'added_at'),
    ageMs: numberIn(row, 'age_ms'),
  };
}

/**
 * By what Redis knows a row that is sent again. One that was set aside and is inserted anew has another number, and
 * outboxes of several databases have the same numbers.
 */
export function tokenOf({ id, seq }: StoredRow): string {
  return `${seq} ${id}`;
}
