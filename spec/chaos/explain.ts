import type { EngineName } from './engines.ts';
import { type Durability, type Harm, ruleOf, type Topology } from './fault-kinds.ts';
import type { Run, Trouble } from './ledger.ts';
import { PATIENCE_MS } from './mix.ts';

/** Under which circumstances a run was made. */
export interface Circumstances {
  engine: EngineName;
  topology: Topology;
  durability: Durability;
  /** How many replicas had a job before it was acknowledged. */
  replicas: number;
}

/** A span of time, epoch ms. */
export interface Span {
  from: number;
  until: number;
}

/**
 * Whether Redis may have forgotten, or known twice, what happened in a span: it was killed, or another took its place.
 */
export function isForgettable(
  span: Span,
  troubles: readonly Trouble[],
  circumstances: Circumstances,
): boolean {
  return troubles.some((one) => harmOf(one, circumstances) === 'memory' && touches(one, span, circumstances));
}

/** Between the end of a handler and the moment at which Redis has it. */
const SETTLES_MS = 1_000;
/** A lease is 10 s and is renewed every 1.7 s: who is silent for less has not lost it. */
const SHORTEST_LAPSE_MS = 8_000;
/** The longest pause between two tries to connect, and a moment more. */
const RECONNECTS_MS = 4_000;
/** A process that leaves must connect anew, and be heard. */
const MOST_OF_IT = 0.8;
/** Silences so near to each other count as one. */
const NEAR_MS = 2_500;
/** What `everysec`, and a replica, may be behind. */
const FORGOTTEN_MS = 1_000;

/**
 * Finds the fault that cut a run off, or whose end Redis may have forgotten; null when there is none, and so nothing
 * that explains why the work was run again at `againAt`.
 */
export function explainByLease(
  run: Run,
  againAt: number,
  troubles: readonly Trouble[],
  circumstances: Circumstances,
): Trouble | null {
  if (run.isStock) return troubles.find((trouble) => isNear(trouble, run.at, againAt)) ?? null;
  const span = {
    from: run.at,
    until: run.end ? settledBy(run, run.end.at, troubles, circumstances) : againAt,
  };
  const touching = troubles.filter((trouble) => touches(trouble, span, circumstances));
  const hits = ({ pids }: Trouble): boolean => pids === null || pids.includes(run.pid);
  const ending = touching.find((one) => harmOf(one, circumstances) === 'process' && hits(one));
  if (ending) return ending;
  const leaving = touching.find((one) => harmOf(one, circumstances) === 'departure' && hits(one));
  if (leaving && awayMs(leaving.from, troubles, circumstances) >= PATIENCE_MS * MOST_OF_IT) return leaving;
  const forgetful = touching.find((one) => harmOf(one, circumstances) === 'memory');
  if (forgetful) return forgetful;
  return lapse(
    span,
    troubles.filter((one) => keepsAway(one, run, circumstances)),
    circumstances,
  );
}

/** By when Redis has the end of a handler, which waits for as long as its process is not connected. */
function settledBy(
  run: Run,
  endedAt: number,
  troubles: readonly Trouble[],
  circumstances: Circumstances,
): number {
  let until = endedAt + SETTLES_MS;
  const apart = troubles.filter((one) => isOutage(one, circumstances) || keepsAway(one, run, circumstances));
  for (const outage of untilConnected(apart))
    if (outage.from <= until && endedAt <= outage.until) until = Math.max(until, outage.until);
  return until;
}

/** Troubles in their order, each until whoever it kept away is connected again. */
function untilConnected(troubles: readonly Trouble[]): Span[] {
  return troubles
    .map((one) => ({ from: one.from, until: lastsUntil(one) + RECONNECTS_MS }))
    .sort((a, b) => a.from - b.from);
}

/** How long nobody reached Redis within the patience of a process that was told to leave. */
function awayMs(since: number, troubles: readonly Trouble[], circumstances: Circumstances): number {
  const span = { from: since, until: since + PATIENCE_MS };
  return coveredMs(span, untilConnected(troubles.filter((one) => isOutage(one, circumstances))));
}

/** Whether a trouble keeps everybody from Redis. */
export function isOutage(trouble: Trouble, circumstances: Circumstances): boolean {
  const harm = harmOf(trouble, circumstances);
  return harm === 'memory' || harm === 'outage';
}

/** How much of a span others cover, each moment counted once. */
export function coveredMs(span: Span, others: readonly Span[]): number {
  let covered = 0;
  let at = span.from;
  for (const { from, until } of [...others].sort((a, b) => a.from - b.from)) {
    const end = Math.min(until, span.until);
    covered += Math.max(0, end - Math.max(at, from));
    at = Math.max(at, end);
  }
  return covered;
}

/** What a trouble can do to attempts. */
export function harmOf(trouble: Trouble, { topology, durability }: Circumstances): Harm {
  if (trouble.fact === 'stoodStill') return 'contact';
  const { harm } = ruleOf(trouble.kind);
  return harm === 'memory' && topology === 'standalone' && durability === 'always' ? 'outage' : harm;
}

/**
 * Whether a trouble was about at a time. A stock worker has no lease, and judges others by its own clock: a job of its
 * queue may be returned by it and by us.
 */
function isNear(trouble: Trouble, from: number, until: number): boolean {
  return trouble.from - SHORTEST_LAPSE_MS <= until && from <= lastsUntil(trouble) + SHORTEST_LAPSE_MS;
}

/** Whether a trouble, with what it may have made Redis forget, falls into a span. */
export function touches(trouble: Trouble, span: Span, circumstances: Circumstances): boolean {
  const forgottenMs = harmOf(trouble, circumstances) === 'memory' ? FORGOTTEN_MS : 0;
  return trouble.from - forgottenMs <= span.until && span.from <= lastsUntil(trouble);
}

function lastsUntil(trouble: Trouble): number {
  return trouble.until + (trouble.fact === 'fault' ? ruleOf(trouble.kind).echoMs : 0);
}

/** Whether a trouble kept the process of a run from Redis; one that kept everybody did so too. */
function keepsAway(trouble: Trouble, run: Run, circumstances: Circumstances): boolean {
  const harm = harmOf(trouble, circumstances);
  if (harm === 'outage') return true;
  return harm === 'contact' && (trouble.pids === null || trouble.pids.includes(run.pid));
}

/** The first trouble of its own by which a process was silent for as long as a lease, together with those near to it. */
function lapse(span: Span, troubles: readonly Trouble[], circumstances: Circumstances): Trouble | null {
  for (const silence of silences(troubles)) {
    const own = silence.of.find((one) => harmOf(one, circumstances) === 'contact');
    const lasted = silence.until - silence.from;
    if (own && lasted >= SHORTEST_LAPSE_MS && silence.from <= span.until && span.from <= silence.until)
      return own;
  }
  return null;
}

function silences(troubles: readonly Trouble[]): (Span & { of: Trouble[] })[] {
  const found: (Span & { of: Trouble[] })[] = [];
  for (const trouble of [...troubles].sort((a, b) => a.from - b.from)) {
    const until = lastsUntil(trouble);
    const last = found.at(-1);
    if (!last || trouble.from > last.until + NEAR_MS) {
      found.push({ from: trouble.from, until, of: [trouble] });
      continue;
    }
    last.until = Math.max(last.until, until);
    last.of.push(trouble);
  }
  return found;
}
