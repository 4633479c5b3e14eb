const MAX_RETRY_AFTER_MS = 3_600_000;

const SECONDS = /^\d+$/;
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/;

/**
 * Reads a Retry-After header, seconds or any of the three HTTP date forms, as milliseconds from `now`.
 * Capped at one hour; null when the header is absent, malformed or names a time that is not ahead.
 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const delayMs = parse(header?.trim() ?? '', now);
  return delayMs > 0 ? Math.min(delayMs, MAX_RETRY_AFTER_MS) : null;
}

function parse(text: string, now: number): number {
  if (SECONDS.test(text)) return Number(text) * 1000;
  // Date.parse alone reads even "-5" as a date, and the old asctime form, which has no zone, as local time.
  if (!HTTP_DATE.test(text)) return Number.NaN;
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`) - now;
}
