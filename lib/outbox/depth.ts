import { readLanes } from './lanes.ts';
import { numberIn, type PostgresConnection, type PostgresPool } from './postgres.ts';
import type { TableNames } from './table-names.ts';

/** How an outbox stands. */
export interface OutboxDepth {
  /** How many rows wait to be sent: counted up to 100,000, beyond that as the database estimates. */
  rows: number;
  /** How long the oldest row has waited, in ms; 0 where none waits. It is how far the relays lag behind. */
  lagMs: number;
  /** How many rows could not be sent and were set aside, counted up to 100,000. */
  aside: number;
}

/** So many rows are counted one by one. */
const MOST_COUNTED = 100_000;

/** Tells how an outbox stands. */
export async function readDepth(pool: PostgresPool, names: TableNames): Promise<OutboxDepth> {
  const connection = await pool.connect();
  let isBroken = true;
  try {
    const depth = await depthOver(connection, names);
    isBroken = false;
    return depth;
  } finally {
    connection.release(isBroken);
  }
}

async function depthOver(connection: PostgresConnection, names: TableNames): Promise<OutboxDepth> {
  const lanes = await readLanes(connection, names);
  const rows = await countIn(connection, names.table);
  const aside = await countIn(connection, names.aside);
  return { rows, lagMs: Math.max(0, ...lanes.map(({ ageMs }) => ageMs)), aside };
}

async function countIn(connection: PostgresConnection, table: string): Promise<number> {
  const counting = `select count(*)::text as count from (select from ${table} limit ${MOST_COUNTED}) as counted`;
  const count = numberIn((await connection.query(counting)).rows[0], 'count');
  if (count < MOST_COUNTED) return count;
  const estimating = `select n_live_tup::text as count from pg_stat_all_tables where relid = '${table}'::regclass`;
  const { rows } = await connection.query(estimating);
  return rows.length === 0 ? count : Math.max(count, numberIn(rows[0], 'count'));
}
