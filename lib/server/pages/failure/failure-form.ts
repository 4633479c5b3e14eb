import { ApiaryError } from '../../../errors.ts';
import {
  CASE_VERDICTS,
  type CaseOrder,
  MOST_PER_MINUTE,
  type RetryManyOptions,
} from '../../../inspector/inspector.ts';
import { fieldOf } from '../read-form.ts';

/** The fields of the forms on the page of a kind of failure. */
export const FAILURE_FIELDS = {
  verdict: 'verdict',
  version: 'version',
  note: 'note',
  perMinute: 'perMinute',
} as const;

/** What the form says of a kind: a field that is empty says that there is none. Throws JOB_INVALID for no verdict. */
export function readCaseForm(form: unknown): CaseOrder {
  const said = fieldOf(form, FAILURE_FIELDS.verdict);
  const verdict = CASE_VERDICTS.find((one) => one === said);
  if (verdict === undefined)
    throw new ApiaryError('JOB_INVALID', `verdict must be one of ${CASE_VERDICTS.join(', ')}`);
  const version = fieldOf(form, FAILURE_FIELDS.version)?.trim() || null;
  // A browser sends the ends of lines as they were in the nineties.
  const note = fieldOf(form, FAILURE_FIELDS.note)?.replaceAll('\r\n', '\n').trim() || null;
  return { verdict, version: verdict === 'resolved' ? version : null, note };
}

/** How fast the form has jobs offered again: all at once where it says nothing. Throws JOB_INVALID for no number. */
export function readPaceForm(form: unknown): RetryManyOptions {
  const said = fieldOf(form, FAILURE_FIELDS.perMinute)?.trim() ?? null;
  if (said === null) return {};
  const perMinute = /^\d{1,6}$/.test(said) ? Number(said) : 0;
  if (perMinute >= 1 && perMinute <= MOST_PER_MINUTE) return { perMinute };
  throw new ApiaryError('JOB_INVALID', `perMinute must be a whole number from 1 to ${MOST_PER_MINUTE}`);
}
