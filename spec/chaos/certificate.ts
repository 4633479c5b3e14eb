import { LEASE_MS } from '../../lib/engine/queue/worker-defaults.ts';
import { namesOf } from '../../lib/names-of.ts';
import type { Finding } from './crimes.ts';
import { CRIMES, type Crime } from './crimes.ts';
import { type Circumstances, coveredMs, harmOf, isOutage } from './explain.ts';
import { FAULT_KINDS, type FaultKind, ruleOf } from './fault-kinds.ts';
import type { Repeat, Verdict } from './judge.ts';
import type { Ledger, Trouble } from './ledger.ts';

/** So many of the longest recoveries are named. */
const SLOWEST = 3;

/** What a run is called. */
export interface Heading extends Circumstances {
  /** Of the engine on trial, where it is not ours. */
  engineVersion: string | null;
  /** What of the mix and of the plan it has not got. */
  leftOut: string[];
  /** Of Apiary. */
  version: string;
  /** The other version of ours whose processes worked beside, or null. */
  beside: string | null;
  redis: string;
  seed: number;
  minutes: number;
}

/** What a run showed, as it is kept. */
export interface Certificate extends Heading {
  /** Pieces of work, by what they show. */
  acknowledged: Record<string, number>;
  attempts: number;
  faults: Partial<Record<FaultKind, number>>;
  /** How many pieces of work each crime was found in. */
  crimes: Record<Crime, number>;
  /** Lost within the second that the durability does not promise. */
  forgotten: number;
  /** Attempts that were made again, by the fault that explains it. */
  repeats: Partial<Record<FaultKind | 'standstill', number>>;
  /** The longest time in which no attempt began. */
  longestGapMs: number;
  /**
   * From a fault, or from its end where it kept everybody away, until work went on and what it had cut off ran again;
   * without the time in which another fault kept everybody away or moved the clock of all.
   */
  recoveryMs: Recovery;
  /** The faults after which it took longest, and when they came after the start of the traffic. */
  slowest: { kind: FaultKind; atMs: number; tookMs: number }[];
  /** The same, without the time for which nobody is held to be dead after another fault that kept everybody away. */
  calmRecoveryMs: Recovery;
  /** Left in Redis though nothing needs them. */
  keysLeft: string[];
  findings: Finding[];
}

/** How long it took, over all faults. */
interface Recovery {
  p50: number;
  p99: number;
  longest: number;
}

/** The span of the traffic, epoch ms, and the keys that were left after it. */
export interface Aftermath {
  from: number;
  until: number;
  keysLeft: string[];
}

/** Writes out what the judge found. */
export function certify(
  heading: Heading,
  ledger: Ledger,
  { findings, repeats, forgotten }: Verdict,
  { from, until, keysLeft }: Aftermath,
): Certificate {
  const begins = beginsOf(ledger);
  const recovered = recoveriesOf(ledger, repeats, heading, 0);
  const count = (crime: Crime): number => findings.filter((one) => one.crime === crime).length;
  // Every crime is counted below, by its own name.
  const crimes = Object.fromEntries(namesOf(CRIMES).map((crime) => [crime, count(crime)])) as Record<
    Crime,
    number
  >;
  return {
    ...heading,
    acknowledged: tally(ledger.acknowledged.map(({ feature }) => feature)),
    attempts: begins.length,
    faults: tally(ledger.troubles.flatMap((one) => (one.fact === 'fault' ? [one.kind] : []))),
    crimes,
    forgotten: forgotten.length,
    repeats: tally(repeats.map(({ by }) => kindOf(by))),
    longestGapMs: longestGap(begins, from, until),
    recoveryMs: recoveryOf(recovered),
    slowest: recovered
      .map(({ kind, at, tookMs }) => ({ kind, atMs: at - from, tookMs }))
      .sort((one, other) => other.tookMs - one.tookMs)
      .slice(0, SLOWEST),
    calmRecoveryMs: recoveryOf(recoveriesOf(ledger, repeats, heading, LEASE_MS)),
    keysLeft,
    findings,
  };
}

/** Whether nothing happened that must not. */
export function isClean({ findings }: Certificate): boolean {
  return findings.length === 0;
}

/** How a certificate is called among others. */
export function nameOf({ engine, topology, durability, replicas, seed, minutes }: Heading): string {
  const set = [
    ...(engine === 'apiary' ? [] : [engine]),
    topology,
    durability,
    ...(replicas > 0 ? [`replicas-${replicas}`] : []),
  ].join('-');
  return `${set}-${minutes}min-seed-${seed}`;
}

/** The certificate as a page. */
export function pageOf(certificate: Certificate): string {
  const { redis, seed, minutes, topology, durability, replicas, crimes } = certificate;
  const sum = (counts: object): number =>
    Object.values(counts).reduce((total, one: number) => total + one, 0);
  const rows: [string, string | number][] = [
    ...onTrial(certificate),
    ['Redis', `${redis}, ${topology}, appendfsync ${durability}`],
    ['acknowledged when so many replicas have it', replicas],
    ['seed, minutes', `${seed}, ${minutes}`],
    ['acknowledged', listed(certificate.acknowledged)],
    ['attempts', certificate.attempts],
    ['faults', sum(certificate.faults)],
    ...namesOf(CRIMES).map((crime): [string, number] => [WORDS[crime], crimes[crime]]),
    ['lost within what the durability keeps', certificate.forgotten],
    ['repeated, and explained', listed(certificate.repeats) || 0],
    ['longest time without a start', `${certificate.longestGapMs} ms`],
    ['recovery, p50 / p99 / longest', shown(certificate.recoveryMs)],
    ['longest after', slowest(certificate)],
    ['recovery in calm, p50 / p99 / longest', shown(certificate.calmRecoveryMs)],
    ['keys left', certificate.keysLeft.length],
  ];
  const faults = FAULT_KINDS.flatMap((kind) => {
    const times = certificate.faults[kind];
    return times === undefined
      ? []
      : [`| ${ruleOf(kind).says} | ${times} | ${certificate.repeats[kind] ?? 0} |`];
  });
  const findings = certificate.findings.map(({ crime, name, detail }) => `- ${crime}: ${name}: ${detail}`);
  return [
    `# ${nameOf(certificate)}`,
    '',
    'Written by `npm run chaos`; [the proof](../proof.md) says what the words mean.',
    '',
    '| what | |',
    '|---|---|',
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    '',
    '| fault | times | repeats it explains |',
    '|---|---|---|',
    ...faults,
    '',
    ...(findings.length > 0 ? ['## Findings', '', ...findings, ''] : []),
  ].join('\n');
}

/** Who was on trial. */
function onTrial({ engine, engineVersion, leftOut, version, beside }: Heading): [string, string][] {
  if (engine === 'apiary') return [['Apiary', beside === null ? version : `${version} beside ${beside}`]];
  return [
    ['engine', `${engine} ${engineVersion}, tried by Apiary ${version}`],
    ['left out, as it has none', leftOut.join(', ')],
  ];
}

const WORDS: Record<Crime, string> = {
  lost: 'lost',
  stuck: 'stuck',
  givenUp: 'given up',
  repeated: 'repeated without a fault',
  doubled: 'doubled',
  outOfOrder: 'out of order',
  together: 'beside another of its unique key',
  early: 'before it was due',
  crashed: 'processes that crashed',
};

function beginsOf({ runs }: Ledger): number[] {
  const byRun = new Map([...runs.values()].flat().map(({ run, at }) => [run, at]));
  return [...byRun.values()].sort((a, b) => a - b);
}

function longestGap(begins: readonly number[], from: number, until: number): number {
  const moments = [from, ...begins.filter((at) => from < at && at < until), until];
  return Math.max(...moments.slice(1).map((at, before) => at - (moments[before] ?? at)));
}

function slowest({ slowest: all }: Certificate): string {
  const told = all.map(({ kind, atMs, tookMs }) => `${ruleOf(kind).says}, at ${atMs} ms: ${tookMs} ms`);
  return told.join('; ');
}

function shown({ p50, p99, longest }: Recovery): string {
  return `${p50} / ${p99} / ${longest} ms`;
}

function recoveryOf(recovered: readonly Recovered[]): Recovery {
  const sorted = recovered.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), longest: sorted.at(-1) ?? 0 };
}

/** How long it took until all went on after a fault. */
interface Recovered {
  kind: FaultKind;
  /** When it came, epoch ms. */
  at: number;
  tookMs: number;
}

/**
 * Of each fault: until something began, and all that it had cut off, without the time of other outages within that, and
 * `graceMs` after each.
 */
function recoveriesOf(
  ledger: Ledger,
  repeats: readonly Repeat[],
  circumstances: Circumstances,
  graceMs: number,
): Recovered[] {
  const begins = beginsOf(ledger);
  return ledger.troubles.flatMap((trouble) => {
    if (trouble.fact !== 'fault') return [];
    const isOfAll = isOutage(trouble, circumstances);
    const from = isOfAll ? trouble.until : trouble.from;
    const next = begins.find((at) => at > from);
    if (next === undefined) return [];
    const again = repeats.filter(({ by }) => by === trouble).map(({ againAt }) => againAt);
    const until = Math.max(next, ...again);
    const others = ledger.troubles
      .filter((one) => one !== trouble && isUnjudged(one, circumstances))
      .map((one) => ({ from: one.from, until: one.until + graceMs }));
    const tookMs = until - from - coveredMs({ from, until }, others);
    return [{ kind: trouble.kind, at: trouble.from, tookMs }];
  });
}

/** Whether nobody judges others by their leases while it lasts, and for a lease after it. */
function isUnjudged(trouble: Trouble, circumstances: Circumstances): boolean {
  return isOutage(trouble, circumstances) || harmOf(trouble, circumstances) === 'clock';
}

function kindOf(trouble: Trouble): FaultKind | 'standstill' {
  return trouble.fact === 'fault' ? trouble.kind : 'standstill';
}

function tally<Name extends string>(names: readonly Name[]): Record<Name, number> {
  const counts: Partial<Record<Name, number>> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  // Whoever asks for a name that is not there gets what says so at run time; the readers allow for it.
  return counts as Record<Name, number>;
}

function listed(counts: Readonly<Record<string, number>> | object): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
