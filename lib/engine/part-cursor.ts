import { ApiaryError } from '../errors.ts';

/** A place in a walk over several parts of a queue: which part, and where in it, as Redis tells that of a scan. */
export interface PartPlace<Part extends string> {
  part: Part;
  at: string;
}

const BEGIN = '0';
/** Redis takes no greater number for the place of a scan. */
const MOST_PLACE = 2n ** 64n - 1n;

/** Reads a cursor; null is the begin. Throws JOB_INVALID for one that no step gave. */
export function readPartCursor<Part extends string>(
  cursor: string | null,
  parts: readonly [Part, ...Part[]],
): PartPlace<Part> {
  if (cursor === null) return { part: parts[0], at: BEGIN };
  const [, name, at] = /^(\w+):(\d{1,20})$/.exec(cursor) ?? [];
  const part = parts.find((one) => one === name);
  if (part !== undefined && at !== undefined && BigInt(at) <= MOST_PLACE) return { part, at };
  const message = 'cursor must be one that a step of this queue gave';
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'cursor', message }] });
}

/** The cursor behind a step in a part, whose next place is '0' at its end; null behind the last part. */
export function partCursorBehind<Part extends string>(
  part: Part,
  next: string,
  parts: readonly Part[],
): string | null {
  if (next !== BEGIN) return `${part}:${next}`;
  const following = parts[parts.indexOf(part) + 1];
  return following === undefined ? null : `${following}:${BEGIN}`;
}
