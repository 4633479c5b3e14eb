import { isWhole } from '../../field-checks.ts';
import { isLabel } from '../../names.ts';
import { namesOf } from '../../names-of.ts';
import { readOwnAmong } from '../own-json.ts';

/** Something that a rule found, as it is stored. All times are epoch ms by the clock of Redis. */
export interface StoredAlert {
  /** The name of the rule. */
  rule: string;
  /** Null where it is about none. */
  queue: string | null;
  /** What of the queue it is about, such as a schedule; '' for all of it. */
  subject: string;
  /** Since when it has held in every look. */
  since: number;
  /** When it was last seen to hold. */
  seenAt: number;
  /** When it had held long enough to be told of; null before. */
  firedAt: number | null;
  /** When it was over; such a one stays only until that is told. */
  endedAt: number | null;
  /** Whether somebody was told of it. */
  isTold: boolean;
  /** What is wrong and what to do, in words. */
  summary: string;
  detail: string;
}

/** A message that is to be sent, once. */
export interface StoredMessage {
  /** The id of its job. */
  id: string;
  /** Its body as JSON. */
  body: string;
}

/** What is known of all that is wrong. */
export interface AlertState {
  /** When the first look was, and the last. */
  startedAt: number;
  lookedAt: number;
  /** The queue with which the next look begins; '' for the first of all. */
  next: string;
  alerts: readonly StoredAlert[];
  /** Messages of which it is not known whether their jobs are added. */
  sending: readonly StoredMessage[];
  /** Whether it was quiet at the last look, so that what was found is told at the end of that. */
  isHeld: boolean;
  /** How many more there were than are kept, when that was last so, and whether somebody was told. */
  more: number;
  moreAt: number;
  isMoreTold: boolean;
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => isWhole(value, 0);
const isCountOrNone: Check = (value) => value === null || isCount(value);

const ALERT_CHECKS: Record<keyof StoredAlert, Check> = {
  rule: isText,
  queue: (value) => value === null || isText(value),
  subject: isText,
  since: isCount,
  seenAt: isCount,
  firedAt: isCountOrNone,
  endedAt: isCountOrNone,
  isTold: isFlag,
  summary: isText,
  detail: isText,
};
/** What no job can be made of would be tried again for good, and let nothing else be told. */
const MESSAGE_CHECKS: Record<keyof StoredMessage, Check> = {
  id: isLabel,
  body: (value) => typeof value === 'string' && readOwnAmong(value) !== null,
};
const STATE_CHECKS: Record<keyof AlertState, Check> = {
  startedAt: isCount,
  lookedAt: isCount,
  next: isText,
  alerts: listOf(ALERT_CHECKS),
  sending: listOf(MESSAGE_CHECKS),
  isHeld: isFlag,
  more: isCount,
  moreAt: isCount,
  isMoreTold: isFlag,
};

/** Reads what is stored; null for what another program has written there. */
export function readAlertState(text: string): AlertState | null {
  const read = readOwnAmong<Partial<AlertState> | null>(text);
  return isAlertState(read) ? read : null;
}

function isAlertState(value: unknown): value is AlertState {
  return passes(STATE_CHECKS, value);
}

function listOf(checks: Readonly<Record<string, Check>>): Check {
  return (value) => Array.isArray(value) && value.every((one) => passes(checks, one));
}

function passes(checks: Readonly<Record<string, Check>>, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return namesOf(checks).every((name) => checks[name]?.(Reflect.get(value, name)));
}
