import type { Ending } from '../engine/pump/outcome.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { parseData } from '../jobs/check-data.ts';
import type { JobDefinition } from '../jobs/define.ts';

/**
 * Checks what a handler returned by the `result` of its definition, as JSON will carry it: a wrong one is a failure of
 * the attempt, with JOB_INVALID. A promise where the schema needs one; never rejects.
 */
export function checkResult(
  { type, result: schema }: JobDefinition,
  ending: Ending,
): Ending | Promise<Ending> {
  if (schema === undefined || ending.kind !== 'returned') return ending;
  const refuse = (thrown: unknown): Ending => ({ kind: 'threw', thrown: refusal(type, thrown) });
  try {
    const json: string | undefined = jsonOf(ending.value);
    // What cannot be JSON at all is told as that.
    if (json === undefined && ending.value !== undefined) return ending;
    const checking = parseData({ type, schema }, json === undefined ? undefined : JSON.parse(json));
    return checking instanceof Promise ? checking.then(() => ending, refuse) : ending;
  } catch (thrown) {
    return refuse(thrown);
  }
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function refusal(type: string, thrown: unknown): Error {
  const error = coerceError(thrown);
  if (!(error instanceof ApiaryError)) return error;
  const { problems } = error;
  const told = problems.map(({ path, message }) => `${path || 'result'}: ${message}`).join('; ');
  return new ApiaryError('JOB_INVALID', `the result of ${type} is not valid: ${told}`, { problems });
}
