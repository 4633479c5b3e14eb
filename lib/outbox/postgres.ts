/** A client of PostgreSQL within a transaction: that of `pg`, or whatever stands before one. */
export interface OutboxTransaction {
  /** Runs a statement in which `$1` stands for the first value. */
  query(text: string, values: unknown[]): PromiseLike<unknown>;
}

/** A connection of `pg` that was taken out of a pool. */
export interface PostgresConnection {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  on(event: 'notification' | 'error' | 'end', listener: () => void): unknown;
  removeListener(event: 'notification' | 'error' | 'end', listener: () => void): unknown;
  /** Gives it back; with true it is closed. */
  release(isBroken?: boolean): void;
}

/** What gives out connections: a `Pool` of `pg`. */
export interface PostgresPool {
  connect(): Promise<PostgresConnection>;
}

/** Reads a column of a row that a statement makes a text. */
export function textIn(row: unknown, column: string): string {
  const value = valueIn(row, column);
  if (typeof value === 'string') return value;
  throw new Error(`the column ${column} of the outbox is no text`);
}

/** Reads a column that may be null. */
export function textOrNullIn(row: unknown, column: string): string | null {
  return valueIn(row, column) === null ? null : textIn(row, column);
}

/** Reads a number that a statement makes a text. */
export function numberIn(row: unknown, column: string): number {
  return Number(textIn(row, column));
}

function valueIn(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, column) : undefined;
}
