import { codeOf } from '../code-of.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { numberIn, type PostgresConnection } from './postgres.ts';
import { SCHEMA_VERSION } from './schema.ts';
import type { TableNames } from './table-names.ts';

/** What PostgreSQL says where there is no such table, or no such schema. */
const MISSING = new Set(['42P01', '3F000']);

/** Throws CONFIG_INVALID where the tables of an outbox are not there, or are older than this code. */
export async function requireSchema(connection: PostgresConnection, names: TableNames): Promise<void> {
  const version = await versionOf(connection, names);
  if (version >= SCHEMA_VERSION) return;
  const found = version === 0 ? 'is not there' : `has version ${version} and not ${SCHEMA_VERSION}`;
  const remedy = 'run: apiary outbox sql | psql <database>';
  throw new ApiaryError('CONFIG_INVALID', `the table ${names.channel} of the outbox ${found}; ${remedy}`);
}

async function versionOf(connection: PostgresConnection, { versions }: TableNames): Promise<number> {
  const asked = `select coalesce(max(version), 0)::text as version from ${versions}`;
  try {
    const { rows } = await connection.query(asked);
    return numberIn(rows[0], 'version');
  } catch (error) {
    if (MISSING.has(String(codeOf(coerceError(error))))) return 0;
    throw error;
  }
}
