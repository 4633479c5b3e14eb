import type { LimitsNote, QueueLimits, RateLimit } from '../engine/limits/limits.ts';
import type { NewPart } from '../engine/limits/shard-part.ts';
import { readOwnAmong } from '../engine/own-json.ts';
import { ApiaryError } from '../errors.ts';
import { isLimited, NO_PART, type Part, UNLIMITED, wholeOf } from './limit-parts.ts';

/** As the part of a shard is stored; `most` is what a job may cost, where there is a rate. */
interface StoredPart extends Omit<LimitsNote, 'limits'> {
  limits: QueueLimits | null;
  most?: number;
}

/** Which shard it is, of how many over which new jobs are spread. */
export interface ShardAt {
  at: number;
  shards: number;
}

/** Throws JOB_INVALID where fewer jobs may wait than there are shards: each must have room. */
export function requireRoom(queue: string, { maxWaiting }: QueueLimits, shards: number): void {
  if (maxWaiting === undefined || maxWaiting >= shards) return;
  const message = `must be ${shards} or more, as ${queue} has ${shards} shards`;
  const problems = [{ path: 'maxWaiting', message }];
  throw new ApiaryError('JOB_INVALID', `limits are not right: maxWaiting ${message}`, { problems });
}

/**
 * Writes out what a shard has of the limits of its queue: its part of what holds for the whole, its even share of the
 * room, and what holds for a key as it is, as all jobs of a key are in one shard.
 */
export function partNote(whole: LimitsNote, part: Part, { at, shards }: ShardAt): NewPart {
  const { limits, ...who } = whole;
  const { concurrency, rate, maxWaiting, ...others } = limits;
  const all = wholeOf(limits);
  const own: QueueLimits = { ...others, ...limitsOfPart(limits, part) };
  const isLifted = Object.values(own).every((one) => one === undefined);
  const note: StoredPart = { limits: isLifted ? null : own, ...who, ...(rate && { most: all.burst }) };
  return {
    ...{ note: JSON.stringify(note), isLifted },
    most: maxWaiting === undefined ? '' : `${shareOf(maxWaiting, shards, at % shards)} ${who.at} ${who.by}`,
    ...{ burst: rate ? part.burst : 0, intervalMs: own.rate ? own.rate.perMs / own.rate.count : 0 },
  };
}

/** One without a part runs nothing, whichever of the two is limited. */
function limitsOfPart({ concurrency, rate }: QueueLimits, part: Part): QueueLimits {
  if (isLimited(part) && Math.min(part.slots, part.burst) === 0) return { concurrency: 0 };
  return {
    ...(concurrency !== undefined && { concurrency: part.slots }),
    ...(rate && { rate: partOfRate(rate, part.burst) }),
  };
}

/** Reads what part a note gives; one that is none of ours, or says nothing of it, gives all. */
export function partOfNote(note: string): Part {
  const { limits } = readOwnAmong<Partial<LimitsNote>>(note === '' ? '{}' : note) ?? {};
  if (typeof limits !== 'object' || limits === null) return UNLIMITED;
  const part = wholeOf(limits);
  return part.slots === 0 ? NO_PART : part;
}

/** Whether a note is of a queue with a rate, also one that gives no part of it. */
export function hadRate(note: string): boolean {
  const { limits, most } = readOwnAmong<Partial<StoredPart>>(note === '' ? '{}' : note) ?? {};
  return most !== undefined || (limits?.rate ?? undefined) !== undefined;
}

/** Whether a shard has just that. */
export function isInForce({ note, most }: Pick<NewPart, 'note' | 'most'>, part: NewPart): boolean {
  if (most !== part.most) return false;
  return part.isLifted ? readOwnAmong<Partial<LimitsNote>>(note || '{}')?.limits == null : note === part.note;
}

function partOfRate({ count, perMs, burst = count }: RateLimit, own: number): RateLimit {
  return { count: (count * own) / burst, perMs, burst: own };
}

function shareOf(whole: number, shards: number, at: number): number {
  return Math.floor(whole / shards) + (at < whole % shards ? 1 : 0);
}
