import { ApiaryError, coerceError } from '../../errors.ts';

/** Writes progress out. Throws JOB_INVALID for what is no JSON value. */
export function progressJson(value: unknown): string {
  try {
    const json: string | undefined = JSON.stringify(value);
    if (json !== undefined) return json;
  } catch (cause) {
    const message = `progress cannot be written as JSON: ${coerceError(cause).message}`;
    throw new ApiaryError('JOB_INVALID', message, { cause });
  }
  throw new ApiaryError('JOB_INVALID', `progress must be a JSON value, not ${typeof value}`);
}
