import type { QueueLimits } from '../engine/limits/limits.ts';

/**
 * What a shard has of the limits of the whole: how many jobs it may run at a time, and how many tokens its bucket
 * holds, with which its part of the rate goes. Infinity stands for no limit. One that has none of either has none of
 * both, as it could begin nothing.
 */
export interface Part {
  readonly slots: number;
  readonly burst: number;
}

/** A shard to which a part is to be given. */
export interface Claimant {
  /** How many jobs it runs and could begin. */
  readonly want: number;
  /** What it has. */
  readonly part: Part;
  /** Since when it has a part, or has none; epoch ms. */
  readonly since: number;
}

/** No part at all. */
export const NO_PART: Part = { slots: 0, burst: 0 };
/** No limit. */
export const UNLIMITED: Part = { slots: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY };

/** Idle shards are kept a part as long as all of these are at most such a share of the whole. */
const IDLE_SHARE = 0.1;
/** Where shards take turns, a part stays where it is for so long, in ms. */
const STAY_MS = 3_000;

/** What is limited of a queue as a whole. */
export function wholeOf({ concurrency, rate }: QueueLimits): Part {
  const none = Number.POSITIVE_INFINITY;
  return { slots: concurrency ?? none, burst: rate ? (rate.burst ?? rate.count) : none };
}

/** Whether it can begin nothing. */
export function isBare(part: Part): boolean {
  return least(part) <= 0;
}

/** One that lacks one of both has none of either. */
export function cleared(part: Part): Part {
  return isBare(part) ? NO_PART : part;
}

/** Whether anything is limited of the whole, so that there are parts. */
export function isLimited({ slots, burst }: Part): boolean {
  return Math.min(slots, burst) < Number.POSITIVE_INFINITY;
}

/** For how long a part stays where shards take turns: a token of it must have come meanwhile. */
export function stayMs({ rate }: QueueLimits): number {
  if (!rate) return STAY_MS;
  return Math.max(STAY_MS, ((rate.burst ?? rate.count) * rate.perMs) / rate.count);
}

/** What is left of a whole without what some have; less than nothing where they have more. */
export function without(whole: Part, parts: readonly Part[]): Part {
  const left = (kind: keyof Part): number =>
    whole[kind] === Number.POSITIVE_INFINITY
      ? whole[kind]
      : parts.reduce((all, part) => all - part[kind], whole[kind]);
  return { slots: left('slots'), burst: left('burst') };
}

/** Whether the parts serve well: all fit, none waits that could have more, and none stands idle without a part. */
export function areServed(whole: Part, shards: readonly Claimant[]): boolean {
  const left = without(
    whole,
    shards.map(({ part }) => part),
  );
  if (least(left) < 0 || shards.some(({ want, part }) => want > least(part))) return false;
  return least(whole) < shards.length || !shards.some(({ part }) => isBare(part));
}

/** A shard of which what it uses is known. */
export interface Holder extends Claimant {
  /** What it uses at most: its part, or more where more runs. */
  readonly bound: Part;
  /** Whether it can be given anything. */
  readonly isThere: boolean;
}

/** Says how far shards can be given what they are to have, as far as it is free; those first that have nothing. */
export function raisedParts(whole: Part, shards: readonly Holder[], targets: readonly Part[]): Part[] {
  let free = without(
    whole,
    shards.map(({ bound }) => bound),
  );
  const raised = shards.map(({ part }) => part);
  const order = [...shards.entries()].filter(([, { isThere }]) => isThere);
  order.sort(
    ([, one], [, other]) => Number(isBare(other.part)) - Number(isBare(one.part)) || bySince(one, other),
  );
  for (const [at, { part, bound }] of order) {
    const [target = part, left] = [targets[at], free];
    const most = (kind: keyof Part): number =>
      Math.max(part[kind], Math.min(target[kind], bound[kind] + Math.max(0, left[kind])));
    const next = cleared({ slots: most('slots'), burst: most('burst') });
    const used = (kind: keyof Part): number => Math.max(0, next[kind] - bound[kind]);
    free = without(free, [{ slots: used('slots'), burst: used('burst') }]);
    raised[at] = next;
  }
  return raised;
}

/**
 * Says which parts shards are to have of a whole, which all together never exceed: those of which jobs wait as much as
 * they want, or equal shares where that is not enough, and what is left to all alike. Where there is not one for each,
 * they take turns.
 */
export function partsFor(
  whole: Part,
  shards: readonly Claimant[],
  turns: { now: number; stayMs: number },
): Part[] {
  const members = membersOf(whole, shards, turns);
  const share = (kind: keyof Part): number[] => sharesOf(whole[kind], members, kind);
  const [slots, burst] = [share('slots'), share('burst')];
  return shards.map((shard) => {
    const at = members.indexOf(shard);
    return at === -1 ? NO_PART : { slots: slots[at] ?? 0, burst: burst[at] ?? 0 };
  });
}

function membersOf(
  whole: Part,
  shards: readonly Claimant[],
  { now, stayMs: stays }: { now: number; stayMs: number },
): Claimant[] {
  const most = Math.floor(least(whole));
  const busy = shards.filter(({ want }) => want > 0);
  if (busy.length > most) {
    const stayers = busy.filter(({ part, since }) => least(part) > 0 && now - since < stays);
    const waiting = busy.filter(({ part }) => least(part) === 0).sort(bySince);
    const due = busy.filter((one) => !stayers.includes(one) && !waiting.includes(one)).sort(bySince);
    return [...stayers, ...waiting, ...due].slice(0, Math.max(0, most));
  }
  const idle = shards.filter((one) => !busy.includes(one));
  const wanted = busy.reduce((all, { want }) => all + want, 0);
  const spare = idle.length <= most * IDLE_SHARE ? most - busy.length : most - wanted;
  return [...busy, ...idle.slice(0, Math.max(0, spare))];
}

/** Of at least one for each: what it wants, or what is left evenly; who has more keeps what does not come out even. */
function sharesOf(total: number, members: readonly Claimant[], kind: keyof Part): number[] {
  if (total === Number.POSITIVE_INFINITY) return members.map(() => total);
  const wants = members.map(({ want }) => Math.max(1, want));
  const order = [...members.keys()].sort(
    (a, b) =>
      (wants[a] ?? 0) - (wants[b] ?? 0) || (members[a]?.part[kind] ?? 0) - (members[b]?.part[kind] ?? 0),
  );
  const shares = members.map(() => 0);
  let left = total;
  for (const [nth, at] of order.entries()) {
    shares[at] = Math.min(wants[at] ?? 0, Math.floor(left / (members.length - nth)));
    left -= shares[at] ?? 0;
  }
  const [each, more] = [Math.floor(left / members.length), left % members.length];
  return shares.map((share, at) => share + each + (at < more ? 1 : 0));
}

function least({ slots, burst }: Part): number {
  return Math.min(slots, burst);
}

function bySince(one: Claimant, other: Claimant): number {
  return one.since - other.since;
}
