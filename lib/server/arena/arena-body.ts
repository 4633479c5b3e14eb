import { ApiaryError } from '../../errors.ts';

const MOST_IN_BULK = 1_000;

/** Reads the fields of a body. Throws JOB_INVALID when it is no object. */
export function toFields(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw invalid('', 'must be an object');
}

/**
 * Reads the ids that a bulk action is for, each once. Throws JOB_INVALID when they are no list of up to a thousand
 * texts.
 */
export function parseIds(body: unknown): string[] {
  const { jobs } = toFields(body);
  if (!Array.isArray(jobs) || jobs.length > MOST_IN_BULK || !jobs.every((id) => typeof id === 'string')) {
    throw invalid('jobs', `must be a list of up to ${MOST_IN_BULK} ids`);
  }
  try {
    return [...new Set(jobs.map(decodeURIComponent))]; // The page encodes them as if they stood in a URL.
  } catch (cause) {
    throw invalid('jobs', 'must be encoded as in a URL', cause);
  }
}

/** Says what is wrong with a field of a body. */
export function invalid(path: string, message: string, cause?: unknown): ApiaryError {
  const problems = [{ path, message }];
  const where = path === '' ? 'the body' : path;
  return new ApiaryError('JOB_INVALID', `the request is not valid: ${where} ${message}`, { problems, cause });
}
