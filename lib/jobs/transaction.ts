/** A connection of a database that was taken out of a pool, such as that of `pg`. */
export interface TransactionClient {
  /** Runs a statement in which `$1` stands for the first value. */
  query(text: string, values?: unknown[]): PromiseLike<{ rows: unknown[] }>;
  /** Gives it back; with true it is closed. */
  release(isBroken?: boolean): unknown;
}

/** What gives out connections to PostgreSQL: a `Pool` of `pg`. */
export interface TransactionPool {
  connect(): PromiseLike<TransactionClient>;
}

/** What a pool gives out, as its own types say; `connect` of that of `pg` may also be called in another way. */
export type ClientOf<Pool> = Pool extends {
  connect: { (): PromiseLike<infer Client>; (callback: never): unknown };
}
  ? Client
  : Pool extends { connect(): PromiseLike<infer Client> }
    ? Client
    : TransactionClient;

/** What may be said of a transaction of a job. */
export interface TransactionOptions {
  /** Tells several of one job apart: 1 to 256 characters. Default: `default`. */
  name?: string;
  /** The table of what was done, with its schema and a dot before it or not; default `apiary_inbox`. */
  table?: string;
}
