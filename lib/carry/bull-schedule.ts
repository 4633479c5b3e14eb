import { createHash } from 'node:crypto';
import type { Schedule } from '../engine/schedules/schedule.ts';
import { ApiaryError } from '../errors.ts';
import { resolveSchedule, type ScheduleOptions } from '../jobs/schedule.ts';
import { isName } from '../names.ts';
import type { RedisClient } from '../redis/connect.ts';
import { type BullHash, JOB_FIELDS, typeOf, withoutTimeout } from './bull-job.ts';
import type { BullKeys } from './bull-keys.ts';
import { isObject, parseObject, toJobOptions, toNumber } from './bull-options.ts';
import { type Finding, goes, stays } from './finding.ts';
import { type HashOf, type HashRule, readHashes } from './hashes.ts';
import type { ChangedWhat } from './remarks.ts';
import type { CarryRules } from './rules.ts';

/** What is read of a schedule of BullMQ; Bull has none but the key. */
export const SCHEDULE_FIELDS = {
  fields: [
    ...(['name', 'tz', 'pattern', 'every', 'startDate', 'endDate', 'limit', 'offset', 'ic'] as const),
    ...(['data', 'opts'] as const),
  ],
  large: ['name', 'tz', 'pattern', 'data', 'opts'],
} as const satisfies HashRule<string>;

type ScheduleHash = HashOf<(typeof SCHEDULE_FIELDS)['fields'][number]>;

/** A schedule as it is listed: its key, and its next tick (epoch ms). */
export interface ListedSchedule {
  key: string;
  tick: number;
}

/** When it fires, and what it is called, as the key or the hash of it says. */
type BullRule = HashOf<
  'name' | 'id' | 'tz' | 'pattern' | 'every' | 'startDate' | 'endDate' | 'limit' | 'offset'
>;

/** Says a schedule in ours, or why it stays. What older versions know of its jobs is in the next of them alone. */
export async function scheduleFinding(
  { keys, rules }: { keys: BullKeys; rules: CarryRules },
  listed: ListedSchedule,
  hash: ScheduleHash | null,
): Promise<Finding> {
  const { key } = listed;
  const rule = hash?.name === undefined ? ruleOfKey(key) : hash;
  if (rule === null) return stays('timing', key);
  const template = isTemplate(hash) ? hash : await nextJob({ client: rules.client, keys }, listed, rule);
  if (template === null) return stays('template', key);
  const opts = parseObject(template.opts);
  const data = dataOf(template.data);
  if (opts === null) return stays('options', key);
  if (data === undefined) return stays('data', key);
  const { repeat } = opts;
  const repeated: Record<string, unknown> = isObject(repeat) ? { ...repeat } : {};
  const bounds = boundsOf({ ...repeated, ...rule, count: hash?.ic ?? repeated['count'] }, rules.now);
  if (bounds === null) return stays('ends', key);
  const type = typeOf(rule.name, rules);
  if (type === null) return stays('type', rule.name ?? '');
  return made({ key, type, rule, bounds, opts, data });
}

/** A count, or what its jobs are like, is kept by those versions that keep all of it. */
function isTemplate(hash: ScheduleHash | null): hash is ScheduleHash {
  return hash !== null && (hash.ic ?? hash.data ?? hash.opts) !== undefined;
}

function made({
  key,
  type,
  rule,
  bounds,
  opts,
  data,
}: {
  key: string;
  type: string;
  rule: BullRule;
  bounds: Bounds;
  opts: Record<string, unknown>;
  data: unknown;
}): Finding {
  const { options, changed } = toJobOptions(opts, { attemptsMade: 0 });
  const name = scheduleName(key, rule);
  const timing = rule.pattern
    ? { cron: rule.pattern, ...(rule.tz && { timeZone: rule.tz }) }
    : { everyMs: toNumber(rule.every) ?? Number.NaN };
  try {
    const resolved = resolveSchedule({ type, defaults: {} }, { name, ...timing, ...bounds, data, options });
    const schedule: Schedule = { ...resolved, options: withoutTimeout(resolved.options, options) };
    return goes({ kind: 'schedule', schedule, paused: null }, [...changed, ...changesOf(rule)]);
  } catch (error) {
    if (error instanceof ApiaryError) return stays('timing', key);
    throw error;
  }
}

function changesOf({ pattern, tz, offset }: BullRule): ChangedWhat[] {
  if (pattern) return tz ? [] : ['zone'];
  return (toNumber(offset) ?? 0) > 0 ? ['offset'] : [];
}

/** Between which moments it fires, and how often yet. */
type Bounds = Pick<ScheduleOptions, 'startsAt' | 'endsAt' | 'limit'>;

/** Null where one of them cannot be read, or nothing is to come. */
function boundsOf({ startDate, endDate, limit, count }: Record<string, unknown>, now: number): Bounds | null {
  const startsAt = toTime(startDate) ?? now;
  const endsAt = endDate ? toTime(endDate) : undefined;
  if (endsAt === null || (endsAt !== undefined && endsAt <= now)) return null;
  // The job that is to come is counted already.
  const left = limit ? (toNumber(limit) ?? 0) - ((toNumber(count) ?? Number.NaN) - 1) : undefined;
  if (left !== undefined && !(left >= 1)) return null;
  return {
    ...(startsAt > now && { startsAt }),
    ...(endsAt !== undefined && { endsAt }),
    ...(left !== undefined && { limit: left }),
  };
}

function toTime(value: unknown): number | null {
  return toNumber(value) ?? (typeof value === 'string' ? toNumber(Date.parse(value)) : null);
}

/** Before job schedulers: `name:id:end:zone:pattern or interval`; in Bull without a zone where it has an interval. */
function ruleOfKey(key: string): BullRule | null {
  const parts = key.split(':');
  const last = parts.at(-1) ?? '';
  if (parts.length === 4) parts.splice(3, 0, '');
  if (parts.length < 5) return null;
  const [id = '', endDate = '', tz = ''] = parts.slice(-4, -1);
  const when = /^\d+$/.test(last) ? { every: last } : { pattern: last };
  return { name: parts.slice(0, -4).join(':'), id, endDate, tz, ...when };
}

/** Looks for its next job by the ids that the versions give it. */
async function nextJob(
  { client, keys }: { client: RedisClient; keys: BullKeys },
  { key, tick }: ListedSchedule,
  { name = '', id = '' }: BullRule,
): Promise<BullHash | null> {
  const own = md5(key);
  const starts = [key, md5(`${name}${id}:${own}`), md5(`${name}${id}${own}`)];
  const ids = starts.map((start) => [start, keys.job(`repeat:${start}:${tick}`)] as const);
  for await (const [, read] of readHashes(client, JOB_FIELDS, ids)) if ('found' in read) return read.found;
  return null;
}

/** Its key, where that can be a name here; else what is like it and as surely no other's. */
function scheduleName(key: string, { id, name }: BullRule): string {
  if (isName(key)) return key;
  const readable = (id === undefined ? key : id || name || key).replace(/[^\w.-]+/g, '-').slice(0, 100);
  return `${readable}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

function dataOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return undefined;
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
