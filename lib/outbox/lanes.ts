import { numberIn, type PostgresConnection, textIn } from './postgres.ts';
import type { TableNames } from './table-names.ts';

/** The rows of a queue, those whose order counts apart from the others. */
export interface Lane {
  queue: string;
  isOrdered: boolean;
  /** How long its first row has waited, in ms by the clock of the database. */
  ageMs: number;
}

/** How many are looked at in one round. */
const MOST_LANES = 1_000;

/**
 * Tells which queues have rows, but for some. It steps from queue to queue by the index, so what it costs goes by how
 * many queues there are and not by how many rows.
 */
export async function readLanes(
  connection: PostgresConnection,
  { table }: TableNames,
  without: readonly string[] = [],
): Promise<Lane[]> {
  const { rows } = await connection.query(
    `with recursive lane as (
  (select queue, ordered, added_at from ${table} order by queue, ordered, seq limit 1)
  union all
  select next.queue, next.ordered, next.added_at from lane, lateral (
    select queue, ordered, added_at from ${table}
    where (queue, ordered) > (lane.queue, lane.ordered) order by queue, ordered, seq limit 1
  ) as next
)
select queue, ordered::text, ${ageOf('added_at')} as age_ms from lane
where queue <> all ($1::text[]) limit ${MOST_LANES}`,
    [without],
  );
  return rows.map((row) => ({
    queue: textIn(row, 'queue'),
    isOrdered: textIn(row, 'ordered') === 'true',
    ageMs: numberIn(row, 'age_ms'),
  }));
}

/** How long ago a time was, in whole ms and as a text; of none that is finite, 0. */
export function ageOf(column: string): string {
  const ageMs = `greatest(0, floor(extract(epoch from clock_timestamp() - ${column}) * 1000))::bigint::text`;
  return ifFinite(column, ageMs, '0');
}

/** A time in epoch ms, as a text; NaN of none that is finite. */
export function epochOf(column: string): string {
  return ifFinite(column, `floor(extract(epoch from ${column}) * 1000)::bigint::text`, 'NaN');
}

/** PostgreSQL refuses to reckon with a time that is infinite, which anybody may insert. */
function ifFinite(column: string, told: string, otherwise: string): string {
  return `case when isfinite(${column}) then ${told} else '${otherwise}' end`;
}
