import { coerceError } from '../errors.ts';
import { toUnavailable } from '../redis/unavailable.ts';

/** A part of what is shown: what was read, or what takes its place and why. */
export interface ReadPart<Value> {
  value: Value;
  /** Null when it could be read. */
  trouble: string | null;
}

/** Reads one part of many, so that one which cannot be read does not hide the others. Rejects while Redis is away. */
export async function readPart<Value>(
  what: string,
  read: () => Promise<Value>,
  instead: Value,
): Promise<ReadPart<Value>> {
  try {
    return { value: await read(), trouble: null };
  } catch (error) {
    if (toUnavailable(error)) throw error;
    return { value: instead, trouble: `${what} cannot be read: ${coerceError(error).message}` };
  }
}
