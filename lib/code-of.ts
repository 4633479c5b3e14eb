/** What the client of Redis says in words, without a code. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/^(Connection is closed\.|Command aborted due to connection close|Cluster is ended)/, 'CLOSED'],
  [/^(Command timed out|Socket timeout\.)/, 'TIMEOUT'],
  [/^Reached the max retries per request/, 'UNREACHABLE'],
  [/^All sentinels are unreachable/, 'NO_SENTINEL'],
  [/^(None of startup nodes|Failed to refresh slots|Too many Cluster redirections|No subscriber)/, 'NO_NODE'],
];

/**
 * The code by which an error is known: its own, or that of what its connection failed with, or the first word of an
 * answer of Redis (`OOM`, `NOPERM`), or one for what the client of Redis says in words (`CLOSED`, `TIMEOUT`); null when
 * there is none. Never throws.
 */
export function codeOf(error: Error): string | null {
  try {
    if ('code' in error && typeof error.code === 'string') return error.code;
    const cause = 'lastNodeError' in error ? error.lastNodeError : null;
    if (cause instanceof Error) return codeOf(cause);
    if (error.name === 'ReplyError') return /^[A-Z]+\b/.exec(error.message)?.[0] ?? null;
    return SAID.find(([said]) => said.test(error.message))?.[1] ?? null;
  } catch {
    // The errors of handlers may be anything.
    return null;
  }
}
