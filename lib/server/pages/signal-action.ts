import { describeValue } from '../../error-facts.ts';
import { ApiaryError, coerceError } from '../../errors.ts';
import { inexactNumbers, inexactRefusal } from '../../exact-numbers.ts';
import { JOB_OPERATIONS, operate } from '../../inspector/operations.ts';
import { type CheckSignalDeps, checkSignal } from '../check-signal.ts';
import { jobAddress } from './addresses.ts';

/** What a form says of a signal, and of which job. */
export interface GivenSignal {
  queue: string;
  id: string;
  signal: string;
  by: string;
  /** The fields of the form. */
  form: unknown;
}

/** In which field of its form the data of a signal stand. */
export const SIGNAL_FIELD = 'data';

/** Gives a job a signal as a form says, and says so. Throws JOB_INVALID for data that are no JSON. */
export async function giveSignal(
  deps: CheckSignalDeps,
  { queue, id, signal, by, form }: GivenSignal,
): Promise<string> {
  const data = readData(form);
  await checkSignal(deps, { queue, id }, { signal, data });
  const target = { queue, id, by, signal, data, page: jobAddress(queue, id) };
  const { text, answer } = await operate(deps.inspector, 'signal', target);
  if (!('created' in answer) || answer.created) return text;
  throw new ApiaryError(
    'JOB_STATE_FORBIDS',
    `job ${id} has been given a signal ${signal} before, which counts`,
  );
}

/** The name of the act in the audit. */
export const SIGNAL_ACTION = JOB_OPERATIONS.signal.action;

function readData(form: unknown): unknown {
  const text: unknown =
    typeof form === 'object' && form !== null ? Reflect.get(form, SIGNAL_FIELD) : undefined;
  if (text === undefined || text === '') return null;
  if (typeof text !== 'string')
    throw new ApiaryError('JOB_INVALID', `data must be one JSON text, not ${describeValue(text)}`);
  const value = parseData(text);
  const inexact = inexactNumbers(text);
  if (inexact.length > 0) throw inexactRefusal(inexact);
  return value;
}

function parseData(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `data must be JSON, such as {"by": "ada"} or "yes": ${coerceError(cause).message}`;
    throw new ApiaryError('JOB_INVALID', message, { cause });
  }
}
