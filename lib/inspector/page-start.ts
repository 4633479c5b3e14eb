import { requireWhole } from '../field-checks.ts';

/** So large is a page at most. */
export const MOST_PER_PAGE = 1_000;

/** Reads a cursor that counts what was passed already; null is the first page. Throws JOB_INVALID for what is none. */
export function readStart(cursor: string | null): number {
  if (cursor === null) return 0;
  const start = /^\d{1,16}$/.test(cursor) ? Number(cursor) : Number.NaN;
  requireWhole('cursor', start, { least: 0, most: Number.MAX_SAFE_INTEGER - MOST_PER_PAGE });
  return start;
}
