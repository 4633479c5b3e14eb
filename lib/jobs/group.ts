import { type GroupJoin, groupKey, MOST_PER_CARRIER } from '../engine/groups/groups.ts';
import { ApiaryError } from '../errors.ts';
import { isWhole } from '../field-checks.ts';
import { unknownAmong } from '../nearest.ts';

/** When the jobs of a group are handed over. */
export interface GroupOptions {
  /** So long after the last one has joined, in ms; default 5,000. */
  graceMs?: number;
  /** So long after the first one has joined at the latest, in ms; default 60,000, or `graceMs` if that is longer. */
  maxDelayMs?: number;
  /** At once when so many have joined, which is also the most that one call gets; 1 to 1,000, default 100. */
  maxSize?: number;
}

/** The same with every default filled in and every value checked. */
export type GroupSettings = Readonly<Required<GroupOptions>>;

/** What holds for jobs of which no definition is at hand. */
export const DEFAULT_GROUP: GroupSettings = Object.freeze({
  graceMs: 5_000,
  maxDelayMs: 60_000,
  maxSize: 100,
});

const NAMES = Object.keys(DEFAULT_GROUP);
/** Thirty days: more is a mistake in the unit. */
const MOST_DELAY_MS = 2_592_000_000;
/** Checks the settings of a job type and fills in their defaults. Throws JOB_INVALID naming what is wrong. */
export function resolveGroup(type: string, given: GroupOptions): GroupSettings {
  const refuse = (path: string, message: string): never => {
    throw new ApiaryError('JOB_INVALID', `job type ${type}: group${path} ${message}`);
  };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return refuse('', `must be an object of ${NAMES.join(', ')}; {} for their defaults`);
  }
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) refuse(`.${unknown}`, `is ${unknownAmong(unknown, NAMES)}`);
  const { graceMs = DEFAULT_GROUP.graceMs, maxSize = DEFAULT_GROUP.maxSize } = given;
  const { maxDelayMs = Math.max(DEFAULT_GROUP.maxDelayMs, graceMs) } = given;
  for (const [name, value] of Object.entries({ graceMs, maxDelayMs })) {
    if (!isWhole(value, 1, MOST_DELAY_MS))
      refuse(`.${name}`, `must be whole milliseconds from 1 to ${MOST_DELAY_MS}`);
  }
  if (maxDelayMs < graceMs) refuse('.maxDelayMs', 'must not be less than graceMs');
  if (!isWhole(maxSize, 1, MOST_PER_CARRIER))
    refuse('.maxSize', `must be a whole number from 1 to ${MOST_PER_CARRIER}`);
  return Object.freeze({ graceMs, maxDelayMs, maxSize });
}

/** What a job joins. Throws JOB_INVALID where its type has no settings of groups. */
export function joinOf(
  { type, group }: { type: string; group?: GroupSettings },
  { name, carrierOptions }: { name: string; carrierOptions: string },
): GroupJoin {
  if (group) return { group: groupKey(type, name), ...group, carrierOptions };
  const message = `job type ${type} gathers no groups; its definition has to say group, {} for the defaults`;
  const problems = [{ path: 'options.group', message }];
  throw new ApiaryError('JOB_INVALID', message, { problems });
}
