import type { QueueKeys } from '../keys.ts';
import { addLinks, hasLinks, linkedParts } from '../links/linked-calls.ts';
import type { SettlementArgs } from '../record/settlement.ts';
import type { ScriptCall } from '../scripts.ts';

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
  /** Whether the queue was seen to have limits. */
  isLimited: boolean;
  /** Whether one job may be among them that was claimed by a worker that died. */
  maySuspect: boolean;
  /** The name of the claims that it makes; default none. */
  claimName?: string;
}

/** No script is handed more jobs than this: Lua unpacks at most about 8,000 values. */
export const MOST_PER_CALL = 1_000;

/** A call that settles. */
export type SettleCall = ScriptCall<'settle'> | ScriptCall<'settle-linked'>;

/** A call that takes what the blocking move before it brought. */
export type PickUpCall = ScriptCall<'pick-up'> | ScriptCall<'take-limited'>;

/** A call that takes. */
export type TakeCall = ScriptCall<'take'> | ScriptCall<'take-limited'>;

/**
 * The calls that settle these attempts, up to a thousand each; none where none ended. Attempts whose end adds other
 * jobs, or counts in a batch, go in calls of their own.
 */
export function settleCalls(
  { keys, incarnation }: { keys: QueueKeys; incarnation: string },
  { keepSucceeded, keepFailed, publish }: SettleOptions,
  ended: readonly SettlementArgs[],
): SettleCall[] {
  const isLinked = ended.some(hasLinks);
  const parts = isLinked ? linkedParts(ended, MOST_PER_CALL) : plainParts(ended);
  const claims = keys.claims(incarnation);
  return parts.map((chunk) => {
    const { rest, ...counts } = settleParts(chunk);
    const args = { keepSucceeded, keepFailed, publishing: publish, ...counts };
    const call = { script: 'settle', queue: keys, keys: { claims }, args, rest } as const;
    return isLinked ? addLinks(call, chunk, { keys, keepFailed }) : call;
  });
}

/** The places in {@link SettlementArgs}. */
const ID = 0;
const KIND = 1;
const RECORD = 2;
const EXTRA = 3;
const UNIQUE_KEY = 4;
const CLAIM_NAME = 6;

/** What `settle.lua` is told of each attempt: as little as can be of those that succeeded and returned nothing. */
function settleParts(ended: readonly SettlementArgs[]): {
  rest: (string | number)[];
  attemptCount: number;
  plainCount: number;
  lockCount: number;
  nameCount: number;
} {
  const rest: (string | number)[] = [];
  const others: string[] = [];
  const locks: string[] = [];
  const names: string[] = [];
  for (const one of ended) {
    // By their places: a pattern for a list asks it for an iterator, and makes an object for each step of that.
    const id = one[ID];
    if (one[KIND] === 'S' && one[EXTRA] === '') rest.push(id, one[RECORD]);
    else others.push(id, one[KIND], one[RECORD], one[EXTRA]);
    if (one[UNIQUE_KEY] !== undefined) locks.push(id, one[UNIQUE_KEY]);
    if (one[CLAIM_NAME] !== undefined) names.push(id, one[CLAIM_NAME]);
  }
  const counts = {
    plainCount: rest.length / 2,
    lockCount: locks.length / 2,
    nameCount: names.length / 2,
  };
  for (const part of others) rest.push(part);
  for (const part of locks) rest.push(part);
  for (const part of names) rest.push(part);
  return { rest, attemptCount: ended.length, ...counts };
}

function plainParts(ended: readonly SettlementArgs[]): SettlementArgs[][] {
  const parts: SettlementArgs[][] = [];
  for (let from = 0; from < ended.length; from += MOST_PER_CALL) {
    parts.push(ended.slice(from, from + MOST_PER_CALL));
  }
  return parts;
}

/** The call that takes jobs. */
export function takeCall(keys: QueueKeys, incarnation: string, options: TakeOptions): TakeCall {
  return { script: options.isLimited ? 'take-limited' : 'take', ...takes(keys, incarnation, options) };
}

/** The call that takes what the blocking move before it brought, and more where there is more. */
export function pickUpCall(keys: QueueKeys, incarnation: string, options: TakeOptions): PickUpCall {
  // With limits each take puts back what waits have brought, so that nothing overtakes it.
  return { script: options.isLimited ? 'take-limited' : 'pick-up', ...takes(keys, incarnation, options) };
}

function takes(
  queue: QueueKeys,
  incarnation: string,
  { leaseMs, wanted, joins, maySuspect, claimName = '' }: TakeOptions,
) {
  const args = {
    incarnation,
    leaseMs,
    wanted: Math.min(wanted, MOST_PER_CALL),
    joins,
    maySuspect,
    claimName,
  };
  return { queue, keys: { claims: queue.claims(incarnation) }, args };
}

/** Both in one call. */
export function together(
  settle: SettleCall,
  take: TakeCall,
): ScriptCall<`${SettleCall['script']}-and-${TakeCall['script']}`> {
  const args = { ...take.args, ...settle.args };
  return { ...settle, script: `${settle.script}-and-${take.script}`, args };
}
