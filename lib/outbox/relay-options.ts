import { checkOptions, type Option, optionThat, wholeOption } from '../check-options.ts';
import { OPEN, type OpenOptions } from '../open-client-options.ts';
import { isPostgresUrl, POSTGRES_URL_RULE } from '../postgres-url.ts';
import type { PostgresPool } from './postgres.ts';
import { isTableName, TABLE_RULE } from './table-names.ts';

/** What `createRelay` takes. */
export interface RelayOptions extends OpenOptions {
  /**
   * Where the outbox is: a URL as `postgres://user:password@host/database`, or a `Pool` of `pg`, which stays the
   * caller's to end. It has to lead to PostgreSQL itself, or to a pooler that keeps sessions, or new rows are found by
   * the poll alone. Of a pool it keeps one connection for each of `concurrency`, and one more to listen.
   */
  postgres: string | PostgresPool;
  /** The table, as `createOutbox` takes it; default `apiary_outbox`. */
  table?: string;
  /** How often it looks for rows of which nothing told it, in ms; default 1,000. */
  pollMs?: number;
  /** How many rows it moves at a time; default 1,000, of which no more than 8 MiB of data. */
  batchSize?: number;
  /** How many batches it moves at once where there are many rows; default 2. */
  concurrency?: number;
}

/** A day: a longer pause is a mistake in the unit. */
const MOST_POLL_MS = 86_400_000;
const MOST_ROWS = 10_000;
const MOST_BATCHES = 16;

const RELAY = {
  ...OPEN,
  postgres: optionThat(`must be ${POSTGRES_URL_RULE}, or a pool of pg`, isPostgres),
  table: optionThat(`must be ${TABLE_RULE}`, isTableName).optional(),
  pollMs: wholeOption(10, MOST_POLL_MS).optional(),
  batchSize: wholeOption(1, MOST_ROWS).optional(),
  concurrency: wholeOption(1, MOST_BATCHES).optional(),
} satisfies Record<keyof RelayOptions, Option>;

/** Throws CONFIG_INVALID for options that a relay cannot have. */
export function checkRelayOptions(given: RelayOptions): void {
  checkOptions('createRelay', RELAY, given);
}

function isPostgres(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isPostgresUrl(value);
  return typeof Reflect.get(value, 'connect') === 'function';
}
