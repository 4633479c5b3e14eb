import type { Lane } from './lanes.ts';
import type { PostgresConnection } from './postgres.ts';
import type { RefusedRow, Sent } from './row-sender.ts';
import { readRow, rowColumns, type StoredRow } from './stored-row.ts';
import type { TableNames } from './table-names.ts';

/** What reading and removing rows works with; the connection is within a transaction. */
export interface BatchDeps {
  connection: PostgresConnection;
  names: TableNames;
  /** How many rows one batch has at most. */
  mostRows: number;
  /** Of longer data a row says only how long they are, in bytes. */
  mostDataBytes: number;
}

/** So many bytes one batch has at most, but for its first row: a process that relays has a memory too. */
const MOST_BYTES = 8_388_608;

/** What is read of a row. */
const BYTES = ['data', 'options', 'gather'].map((one) => `coalesce(octet_length(${one}), 0)`).join(' + ');

const BEFORE_ALL = '0';

/** Reads a batch of a lane, the first of all or the next after a row, and locks it: rows that nobody else has. */
export async function lockRows(
  { connection, names: { table }, mostRows, mostDataBytes }: BatchDeps,
  lane: Lane,
  after: StoredRow | undefined,
): Promise<StoredRow[]> {
  const { rows } = await connection.query(
    `select * from (
  select *, sum(${BYTES}) over (order by seq) - (${BYTES}) as bytes_before from (
    select ${rowColumns(mostDataBytes)} from ${table} where queue = $1 and ordered = $2 and seq > $3::bigint
    order by seq limit ${mostRows} for update skip locked
  ) as locked
) as counted where bytes_before < ${MOST_BYTES} order by seq`,
    [lane.queue, lane.isOrdered, after?.seq ?? BEFORE_ALL],
  );
  return rows.map(readRow);
}

/** Removes rows that were sent, and sets aside those that can never be. They are locked still. */
export async function removeRows({ connection, names }: BatchDeps, { done, refused }: Sent): Promise<void> {
  const { table } = names;
  const places = done.map(({ place }) => place);
  if (places.length > 0)
    await connection.query(`delete from ${table} where ctid = any ($1::tid[])`, [places]);
  if (refused.length > 0) await setAside({ connection, names }, refused);
}

async function setAside(
  { connection, names: { table, aside } }: Pick<BatchDeps, 'connection' | 'names'>,
  refused: readonly RefusedRow[],
): Promise<void> {
  const columns = 'seq, id, queue, type, data, options, gather, added_by, added_at';
  await connection.query(
    `with gone as (delete from ${table} where ctid = any ($1::text[]::tid[]) returning ctid::text as place, *)
insert into ${aside} (${columns}, code, reason)
select ${columns}, why.code, why.reason from gone
join unnest($1::text[], $2::text[], $3::text[]) as why (at, code, reason) on why.at = gone.place`,
    [
      refused.map(({ row }) => row.place),
      refused.map(({ error }) => error.code),
      refused.map(({ error }) => fitText(error.message)),
    ],
  );
}

/** What PostgreSQL has no text for is left out, and what is endless is cut. */
function fitText(text: string): string {
  return text.replaceAll('\0', '').slice(0, 2_000);
}
