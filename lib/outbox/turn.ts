import { type BatchDeps, lockRows, removeRows } from './batch.ts';
import type { Lane } from './lanes.ts';
import type { RowSender, Sent } from './row-sender.ts';
import type { StoredRow } from './stored-row.ts';

/** What a turn of a lane works with. */
export interface TurnDeps extends BatchDeps {
  sender: RowSender;
  /** Whether there is time for another batch. */
  mayGoOn: () => boolean;
  /** Called where the first batch is full, so there may be enough for others too. */
  onMany: () => void;
}

/** A relay that hangs, in ms: the database takes its rows back then. */
const MOST_IDLE_MS = 20_000;

/** By the index whatever the statistics say: of a table that is empty most of the time they know nothing. */
const BEGIN = `begin;
set local enable_seqscan = off; set local enable_bitmapscan = off; set local jit = off;
set local idle_in_transaction_session_timeout = ${MOST_IDLE_MS}`;

/**
 * Moves rows of a lane to Redis, batch after batch in one transaction; resolves with what became of each batch. It
 * locks rows that nobody else has, sends them, and removes what Redis has acknowledged. A relay that ends in between
 * has removed nothing, and the next sends its rows again. Rows whose order counts are moved by one relay at a time, or
 * those of one key could overtake each other. Rejects with what the database says; nothing is removed then.
 */
export async function takeTurn(deps: TurnDeps, lane: Lane): Promise<Sent[]> {
  const { connection, mostRows, onMany } = deps;
  await connection.query(BEGIN);
  const isFree = !lane.isOrdered || (await lockLane(deps, lane));
  const rows = isFree ? await lockRows(deps, lane, undefined) : [];
  if (rows.length === mostRows) onMany();
  const batches = await moveFrom(deps, lane, rows);
  await connection.query(batches.length > 0 ? 'commit' : 'rollback');
  return batches;
}

async function lockLane({ connection, names: { channel } }: BatchDeps, { queue }: Lane): Promise<boolean> {
  const lock = `select pg_try_advisory_xact_lock(hashtextextended($1, 0))::text as is_ours`;
  const { rows } = await connection.query(lock, [`${channel} ${queue}`]);
  return rows.some((row) => isTrue(row));
}

/**
 * While Redis stores a batch, the database removes the one before it and reads the one behind it. That begins where
 * this one ends: to look from the begin costs a step for each row that is gone and not vacuumed yet.
 */
async function moveFrom(deps: TurnDeps, lane: Lane, first: StoredRow[]): Promise<Sent[]> {
  const batches: Sent[] = [];
  let rows = first;
  while (rows.length > 0) {
    const reading = removeAndRead(deps, lane, { sent: batches.at(-1), rows });
    const [next, sent] = await both(reading, deps.sender.send(lane, rows));
    batches.push(sent);
    rows = sent.isFull || sent.trouble !== undefined ? [] : next;
  }
  const last = batches.at(-1);
  if (last) await removeRows(deps, last);
  return batches;
}

async function removeAndRead(
  deps: TurnDeps,
  lane: Lane,
  { sent, rows }: { sent: Sent | undefined; rows: StoredRow[] },
): Promise<StoredRow[]> {
  if (sent) await removeRows(deps, sent);
  const hasMore = rows.length === deps.mostRows && deps.mayGoOn();
  return hasMore ? lockRows(deps, lane, rows.at(-1)) : [];
}

/** Waits for both also where one fails: rows must not be on their way any more when others can take them. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

function isTrue(row: unknown): boolean {
  return typeof row === 'object' && row !== null && Reflect.get(row, 'is_ours') === 'true';
}
