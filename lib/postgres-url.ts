/** What the URL of a PostgreSQL may be, in words that follow `must be` or `allowed:`. */
export const POSTGRES_URL_RULE = 'a URL as postgres://user:password@host/database';

/** Whether a value is the URL of a PostgreSQL. */
export function isPostgresUrl(value: unknown): value is string {
  return typeof value === 'string' && /^postgres(ql)?:\/\/\S+$/.test(value) && URL.canParse(value);
}
