import { LINE_LENGTH, LOGGED_LEVELS, type StoredLogLine } from '../engine/record/record.ts';
import { ApiaryError } from '../errors.ts';
import { isLabel, LABEL_RULE, requireWellFormed } from '../names.ts';
import { redactText } from '../redact.ts';

/** A line that is added to the log of a job from outside of its handler. */
export interface LineToLog {
  /** Who adds it, 1 to 256 characters; it stands before the message. */
  by: string;
  /** 1 to 500 characters. */
  message: string;
  /** Default `info`. */
  level?: StoredLogLine['level'] | undefined;
}

/** What may be a message, in words that follow `must be`. */
export const MESSAGE_RULE = `a text of 1 to ${LINE_LENGTH} characters`;

/** Whether the value may be the message of a line. */
export function isMessage(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= LINE_LENGTH;
}

/** Makes the line as it is stored. Throws JOB_INVALID for what cannot be its parts. */
export function toLogLine({ by, message, level = 'info' }: LineToLog, at: number): StoredLogLine {
  if (!isLabel(by)) throw refused('by', `by must be ${LABEL_RULE}`);
  if (!isMessage(message)) throw refused('message', `message must be ${MESSAGE_RULE}`);
  requireWellFormed('message', message);
  if (!LOGGED_LEVELS.includes(level))
    throw refused('level', `level must be one of ${LOGGED_LEVELS.join(', ')}`);
  return { at, level, message: redactText(`${by}: ${message}`) };
}

function refused(path: string, message: string): ApiaryError {
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path, message }] });
}
