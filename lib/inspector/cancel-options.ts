import { ApiaryError } from '../errors.ts';
import { requireWellFormed } from '../names.ts';
import { requireObject } from '../require-given.ts';

/** What may be said of a cancel. */
export interface CancelOptions {
  /** Why, for the handler and for who looks at the job: 1 to 500 characters; default nothing. */
  reason?: string | undefined;
}

const MOST_LENGTH = 500;

/** What may be the reason of a cancel, in words that follow `must be`. */
export const REASON_RULE = `a text of 1 to ${MOST_LENGTH} characters`;

/** Whether the value may be the reason of a cancel. */
export function isReason(value: string): boolean {
  return value.length >= 1 && value.length <= MOST_LENGTH;
}

/** Reads why jobs are cancelled; nothing where nobody says. Throws JOB_INVALID for a reason that cannot be. */
export function readReason(call: string, options: CancelOptions): { reason?: string } {
  const { reason } = requireObject(call, 'a reason', options);
  if (reason === undefined) return {};
  requireWellFormed('reason', reason);
  if (isReason(reason)) return { reason };
  const message = `reason must be ${REASON_RULE}, not of ${reason.length}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'reason', message }] });
}
