import { checkOptions, type Option, optionThat } from '../check-options.ts';
import { CASE_VERDICTS, type CaseMark, type CaseVerdict } from '../engine/repairs/case-marks.ts';
import { isName, NAME_RULE } from '../names.ts';
import { isMessage, MESSAGE_RULE } from './log-line.ts';

/** What is to be said of a kind of failure. */
export interface CaseOrder {
  verdict: CaseVerdict;
  /** The version of the program in which it is mended; for `resolved` alone. Default none. */
  version?: string | null | undefined;
  /** Why, or what to do: 1 to 500 characters; null for none. Default that of before. */
  note?: string | null | undefined;
}

const LONE_SURROGATE = /\p{Cs}/u;

/** Whether the value may be a note. */
export function isNote(value: unknown): value is string {
  return isMessage(value) && !LONE_SURROGATE.test(value);
}

/** What a note may be, in words that follow `must be`. */
export const NOTE_RULE: string = `${MESSAGE_RULE} without halves of surrogate pairs`;

const ORDER = {
  verdict: optionThat(`must be one of ${CASE_VERDICTS.join(', ')}`, (value) =>
    CASE_VERDICTS.some((one) => one === value),
  ),
  version: optionThat(`must be ${NAME_RULE}`, isName).nullish(),
  note: optionThat(`must be ${NOTE_RULE}`, isNote).nullish(),
} satisfies Record<keyof CaseOrder, Option>;

/** A mark as it is to be made; its note is undefined where that of before stays. */
export type NewMark = Omit<CaseMark, 'at' | 'reopenedAt' | 'note'> & { note: string | null | undefined };

/** Makes the mark of an order. Throws JOB_INVALID for one that cannot be. */
export function toCaseMark(given: CaseOrder, by: string): NewMark {
  checkOptions('failures.mark', ORDER, given, 'JOB_INVALID');
  const { verdict, version = null, note } = given;
  return { verdict, version: verdict === 'resolved' ? version : null, note, by };
}
