import { ApiaryError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { PostgresPool } from './postgres.ts';

/** A pool, and what ends it. */
export interface OpenedPool {
  pool: PostgresPool;
  close(): Promise<void>;
}

/** How long a connection may take to be made, in ms. */
const CONNECT_LIMIT_MS = 10_000;

/**
 * Opens a pool of `pg`, which is loaded here alone: who has no outbox need not install it. Throws CONFIG_INVALID where
 * it is not installed.
 */
export async function openPool(url: string, size: number, log: Logger): Promise<OpenedPool> {
  const { default: pg } = await loadPg();
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: 'apiary-relay',
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Those that it has are used all the time.
    idleTimeoutMillis: 0,
  });
  // Of a connection that nobody uses at the moment; without a listener it would end the process.
  pool.on('error', (error) => log.debug('a connection of the outbox ended', { error }));
  return { pool, close: () => pool.end() };
}

async function loadPg(): Promise<typeof import('pg')> {
  try {
    return await import('pg');
  } catch (cause) {
    const message = 'the package pg is not installed, which an outbox needs; run: npm install pg';
    throw new ApiaryError('CONFIG_INVALID', message, { cause });
  }
}
