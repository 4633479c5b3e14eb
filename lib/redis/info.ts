import type { RedisClient } from './redis-client.ts';

/** Reads Redis's own INFO text; empty where it is refused. Rejects when Redis does not answer. */
export function readInfo(client: RedisClient): Promise<string> {
  return client.info().catch(ifRefused(''));
}

/** The fields of that text, by their names. */
export function infoFields(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** A field that is a whole number; null where it is not there or is none. */
export function infoNumber(fields: ReadonlyMap<string, string>, name: string): number | null {
  const value = fields.get(name);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}

/**
 * A text that is the same for all connections to one database of one Redis, and for no others; null where that is not
 * to be seen, as in a cluster. Rejects when it does not answer.
 */
export async function databaseOf(client: RedisClient): Promise<string | null> {
  if (client.isCluster) return null;
  const run = infoFields(await readInfo(client)).get('run_id');
  const own: unknown = await client.client('INFO').catch(ifRefused(null));
  const [, db] = typeof own === 'string' ? (/ db=(\d+) /.exec(own) ?? []) : [];
  return run === undefined || db === undefined ? null : `${run} ${db}`;
}

/** Managed servers and least rights refuse both commands. */
function ifRefused<Value>(instead: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof Error && /^(NOPERM|ERR unknown command)/.test(error.message)) return instead;
    throw error;
  };
}
