import { checkOptions, type Option, optionThat } from '../check-options.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import type { TransactionClient, TransactionOptions, TransactionPool } from '../jobs/transaction.ts';
import { isLabel, LABEL_RULE } from '../names.ts';
import { claimLost } from './lost-claim.ts';

/** What a transaction of a job works with. */
export interface TransactionDeps {
  job: ActiveJob;
  fencingNumber(): Promise<number>;
  /** Whether the attempt has ended. */
  hasEnded(): boolean;
}

/** What is to be done in it. */
export interface TransactionCall<T> {
  pool: TransactionPool;
  /** Is given the very connection that the pool gave out. */
  run: (tx: never) => T | PromiseLike<T>;
  options: TransactionOptions;
}

const OPTIONS = {
  name: optionThat(`must be ${LABEL_RULE}`, isLabel).optional(),
  table: optionThat('must be a name of small letters, digits and underscores', isTable).optional(),
} satisfies Record<keyof TransactionOptions, Option>;

const MOST_RESULT_LENGTH = 16_384;
/** One transaction in so many drops what is so old that no attempt can ask for it any more. */
const TIDY_EVERY = 200;
const transactions = { count: 0 };

/** The note of one transaction of a job, and the table that has it. */
interface Note {
  table: string;
  /** Queue, id and time of the job, as another job may have its id later, and the name of the transaction. */
  key: readonly [queue: string, id: string, addedAt: number, name: string];
}

/**
 * Runs a function in a transaction that commits together with a note that it was done, or not at all; where there is
 * such a note, nothing is run, and what came of it then is returned. See `transaction` of `JobContext`.
 */
export async function runTransaction<T>(
  deps: TransactionDeps,
  { pool, run, options }: TransactionCall<T>,
): Promise<T> {
  checkOptions('transaction', OPTIONS, options, 'JOB_INVALID');
  const { name = 'default', table = 'apiary_inbox' } = options;
  const { queue, id, record } = deps.job;
  const note: Note = { table: quoted(table), key: [queue, id, record.options.timestamp, name] };
  const fence = await deps.fencingNumber();
  const tx = await pool.connect();
  let isBroken = false;
  try {
    await tx.query('begin');
    return await runOnce(deps, { tx, run, note, fence });
  } catch (error) {
    // What cannot even be rolled back is closed, which undoes it too.
    await Promise.resolve(tx.query('rollback')).catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    tx.release(isBroken);
  }
}

async function runOnce<T>(
  deps: TransactionDeps,
  {
    tx,
    run,
    note,
    fence,
  }: { tx: TransactionClient; run: TransactionCall<T>['run']; note: Note; fence: number },
): Promise<T> {
  const known = await lockAndLook(tx, note);
  if (known) {
    await tx.query('rollback');
    return Reflect.get(known, 'result');
  }
  const result: T = await Reflect.apply(run, undefined, [tx]);
  await write(tx, note, { fence, result: resultText(result) });
  await requireClaim(deps);
  await tx.query('commit');
  if (transactions.count++ % TIDY_EVERY === 0) await tidy(tx, note);
  return result;
}

/**
 * Waits for another attempt that is in the midst of the same, and looks whether it was done; two statements, as the
 * second must see what was committed during the first.
 */
async function lockAndLook(tx: TransactionClient, { table, key }: Note): Promise<object | null> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify([table, ...key])]);
  const where = 'queue = $1 and job = $2 and added_at = $3::bigint and name = $4';
  const { rows } = await tx.query(`select result::text as result from ${table} where ${where}`, [...key]);
  const [row] = rows;
  if (typeof row !== 'object' || row === null) return null;
  const text: unknown = Reflect.get(row, 'result');
  return typeof text === 'string' ? { result: JSON.parse(text) } : {};
}

async function write(
  tx: TransactionClient,
  { table, key }: Note,
  { fence, result }: { fence: number; result: string | null },
): Promise<void> {
  await tx.query(
    `insert into ${table} (queue, job, added_at, name, fence, result)
values ($1, $2, $3::bigint, $4, $5::bigint, $6::json)`,
    [...key, fence, result],
  );
}

/** A worker that was stopped may come back long after its lease; what it has done is not to count then. */
async function requireClaim({ job, hasEnded }: TransactionDeps): Promise<void> {
  if (hasEnded() || !job.isOurs || !(await job.isHeld())) throw claimLost(job.id);
}

/** In small steps; where it fails, the next does it. */
async function tidy(tx: TransactionClient, { table }: Note): Promise<void> {
  const old = `select ctid from ${table} where done_at < now() - interval '100 days' limit 1000`;
  const tidying = tx.query(`delete from ${table} where ctid = any (array(${old}))`);
  await Promise.resolve(tidying).catch(() => undefined);
}

/** As it will be read again; null for nothing. */
function resultText(value: unknown): string | null {
  if (value === undefined) return null;
  const refuse = (why: string, cause?: unknown): ApiaryError =>
    new ApiaryError('RESULT_UNSERIALISABLE', `transaction: nothing is committed, as its result ${why}`, {
      cause,
    });
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw refuse(`cannot be written as JSON: ${coerceError(cause).message}`, cause);
  }
  if (text === undefined) throw refuse(`must be a JSON value, not ${typeof value}`);
  if (text.length > MOST_RESULT_LENGTH)
    throw refuse(`is longer than ${MOST_RESULT_LENGTH} characters as JSON; store it in a table of yours`);
  return text;
}

function isTable(value: unknown): boolean {
  return typeof value === 'string' && /^([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}$/.test(value);
}

function quoted(table: string): string {
  return table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
}
