import type { QueueKeys } from '../keys.ts';
import { addLinks, hasLinks, linkedParts } from '../links/linked-calls.ts';
import type { SettlementArgs } from '../record/settlement.ts';
import { type ScriptCall, TAKE_ARGS, TAKE_KEYS } from '../scripts.ts';

/** How finished jobs are kept, and who is told of them. */
export interface SettleOptions {
  /** How many succeeded and failed jobs are kept: 0 none, -1 all. */
  keepSucceeded: number;
  keepFailed: number;
  /** Whether bee-queue's events are published; `heard` stops within a batch when nobody listens. */
  publish: 'always' | 'heard' | 'never';
}

/** What a take is for. */
export interface TakeOptions {
  leaseMs: number;
  wanted: number;
  /** Whether the incarnation is new to Redis. */
  joins: boolean;
  /** An id that a blocking move has put into `active`, or null. */
  moved: string | null;
  /** Whether the queue was seen to have limits. */
  isLimited: boolean;
  /** Whether one job may be among them that was claimed by a worker that died. */
  maySuspect: boolean;
}

/** No script is handed more jobs than this: Lua unpacks at most about 8,000 values. */
export const MOST_PER_CALL = 1_000;

/**
 * The calls that settle these attempts, a thousand each, those that lead to something apart; none when there are none.
 * `head` as {@link headKeys} says.
 */
export function settleCalls(
  { keys, incarnation, head }: { keys: QueueKeys; incarnation: string; head: readonly string[] },
  { keepSucceeded, keepFailed, publish }: SettleOptions,
  ended: readonly SettlementArgs[],
): ScriptCall[] {
  const calls: ScriptCall[] = [];
  const isLinked = ended.some(hasLinks);
  const parts = isLinked ? linkedParts(ended, MOST_PER_CALL) : plainParts(ended);
  for (const chunk of parts) {
    const args: (string | number)[] = [keepSucceeded, keepFailed, publish, chunk.length];
    const unlocked: string[] = [];
    for (const [id, kind, record, extra, uniqueKey] of chunk) {
      args.push(id, kind, record, extra);
      if (uniqueKey !== undefined) unlocked.push(id, uniqueKey);
    }
    if (unlocked.length > 0) args.push(...unlocked);
    const allKeys = [...settleKeys(keys, incarnation), ...head];
    const call: ScriptCall = { script: 'settle', keys: allKeys, args };
    calls.push(isLinked ? addLinks(call, chunk, { keys, keepFailed }) : call);
  }
  return calls;
}

function plainParts(ended: readonly SettlementArgs[]): SettlementArgs[][] {
  const parts: SettlementArgs[][] = [];
  for (let from = 0; from < ended.length; from += MOST_PER_CALL) {
    parts.push(ended.slice(from, from + MOST_PER_CALL));
  }
  return parts;
}

/** The call that takes jobs. */
export function takeCall(
  keys: QueueKeys,
  incarnation: string,
  { leaseMs, wanted, joins, moved, isLimited, maySuspect }: TakeOptions,
): ScriptCall {
  const { front, turns, pending, rates, slots, busy, line, costs } = keys;
  return {
    script: isLimited ? 'take-limited' : 'take',
    keys: [
      keys.waiting,
      keys.active,
      keys.jobs,
      keys.claims(incarnation),
      keys.workers,
      keys.meta,
      keys.cancelled,
      ...(isLimited ? [front, turns, pending, rates, slots, busy, line(''), costs] : []),
      keys.losses,
    ],
    args: [
      incarnation,
      leaseMs,
      Math.min(wanted, MOST_PER_CALL),
      joins ? '1' : '0',
      moved ?? '',
      maySuspect ? '1' : '0',
    ],
  };
}

/** Both in one call; the take's keys and arguments go behind. */
export function together(settle: ScriptCall, take: ScriptCall): ScriptCall {
  const isLimited = take.script === 'take-limited';
  if (take.keys.length !== TAKE_KEYS[isLimited ? 'take-limited' : 'take'] || take.args.length !== TAKE_ARGS)
    throw new Error('take.lua takes other arguments');
  return {
    script: `${settle.script === 'settle-linked' ? 'settle-linked' : 'settle'}-and-${isLimited ? 'take-limited' : 'take'}`,
    keys: [...settle.keys, ...take.keys],
    args: [...settle.args, ...take.args],
  };
}

/** The keys of a script that gives jobs back to the head of waiting, which is `front` where the queue has limits. */
export function headKeys({ front, meta }: QueueKeys, isLimited: boolean): string[] {
  return isLimited ? [front, meta] : [];
}

function settleKeys(keys: QueueKeys, incarnation: string): string[] {
  return [
    keys.active,
    keys.jobs,
    keys.claims(incarnation),
    keys.waiting,
    keys.delayed,
    keys.succeeded,
    keys.succeededOrder,
    keys.failed,
    keys.failedOrder,
    keys.losses,
    keys.stalling,
    keys.stats,
    keys.events,
    keys.earlierDelayed,
    keys.cancelled,
    keys.uniques,
    keys.lock(''),
  ];
}
