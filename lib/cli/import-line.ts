import { LATEST_TIME_MS } from '../clock.ts';
import { groupOfMember, isGroupRule } from '../engine/groups/groups.ts';
import { JOB_STATES, type JobState } from '../engine/keys.ts';
import { requireLimits } from '../engine/limits/limits.ts';
import type { PauseNote } from '../engine/record/pause-note.ts';
import { parseRecord } from '../engine/record/record.ts';
import { readSchedule, type Schedule } from '../engine/schedules/schedule.ts';
import { isKeptSignals } from '../engine/signals/kept-signals.ts';
import type { Moved } from '../engine/transfer/moved.ts';
import type { FieldProblem } from '../errors.ts';
import { fieldCheck, isWhole } from '../field-checks.ts';
import { isJitter, isLimit, isMissedPolicy, isOverlapPolicy } from '../jobs/schedule.ts';
import { resolveTiming } from '../jobs/schedule-timing.ts';
import { memberOf } from '../json-text.ts';
import { isName } from '../names.ts';

/** What a line of an export tells of, and the queue that it is from. */
export type ImportedLine = Moved & { queue: string };

const LONGEST_NAME = 1_024;

/** Reads a line of an export; null for one that is none. */
export function readImportLine(line: string): ImportedLine | null {
  const read = parsed(line);
  if (read === null || !isText(read['queue'])) return null;
  const moved = readMoved(read, line);
  return moved && { ...moved, queue: read['queue'] };
}

function readMoved(read: Record<string, unknown>, line: string): Moved | null {
  if ('limits' in read) return readLimits(read);
  if ('schedule' in read) return readScheduleLine(read);
  const { id, state, at } = read;
  const record = memberOf(line, 'record');
  if (record === null || parseRecord(record) === null || !isText(id)) return null;
  if ('group' in read) return readMember({ ...read, id, record });
  const known = JOB_STATES.find((one): one is JobState => one === state);
  if (known === undefined || !(at === null || Number.isFinite(at))) return null;
  const { signals } = read;
  if (signals !== undefined && !isKeptSignals(signals)) return null;
  const job = { kind: 'job', id, state: known, at: at === null ? null : Number(at), record } as const;
  return { ...job, ...(signals !== undefined && { signals }) };
}

function readMember({
  id,
  record,
  group,
  rule,
  at,
}: Record<string, unknown> & { id: string; record: string }): Moved | null {
  const options = parseRecord(record)?.options;
  if (options === undefined || !isText(group) || groupOfMember(options) !== group) return null;
  if (typeof rule !== 'string' || !isGroupRule(rule) || !isWhole(at, 0, LATEST_TIME_MS)) return null;
  return { kind: 'member', id, group, rule, at, record };
}

function readLimits({ limits, by, at }: Record<string, unknown>): Moved | null {
  if (!isText(by) || typeof at !== 'number') return null;
  try {
    requireLimits(limits);
    return { kind: 'limits', note: { limits, by, at } };
  } catch {
    return null;
  }
}

function readScheduleLine({ schedule, paused = null, fired }: Record<string, unknown>): Moved | null {
  const read = readSchedule(schedule);
  if (read === null || !isName(read.name) || !isName(read.type) || !isSound(read)) return null;
  if (paused !== null && !isPauseNote(paused)) return null;
  if (fired !== undefined && !isWhole(fired, 0)) return null;
  return { kind: 'schedule', schedule: read, paused, ...(fired !== undefined && { fired }) };
}

/** Whoever fires it goes by these without looking again. */
function isSound({ timing, missed, overlap, limit, jitterMs, delayMs, unique }: Schedule): boolean {
  const problems: FieldProblem[] = [];
  const { kind, ...given } = timing;
  const isTimed = resolveTiming(given, fieldCheck(problems))?.kind === kind && problems.length === 0;
  const isDelay = delayMs === null || isWhole(delayMs, 0);
  const isKey = unique === null || isText(unique?.key);
  const isBounded = isLimit(limit) && isJitter(jitterMs);
  return isTimed && isMissedPolicy(missed) && isOverlapPolicy(overlap) && isBounded && isDelay && isKey;
}

function isPauseNote(value: unknown): value is PauseNote {
  if (typeof value !== 'object' || value === null) return false;
  return 'by' in value && isText(value.by) && 'at' in value && typeof value.at === 'number';
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { at: null, ...value } : null;
  } catch {
    return null;
  }
}

/** Other programs choose names too; halves of characters Redis would keep as others. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !/\p{Cs}/u.test(value);
}
