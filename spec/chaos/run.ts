import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { PRESENCE_TTL_MS } from '../../lib/engine/queries/presence.ts';
import { untilNoneOpen } from '../support/none-open.ts';
import { until } from '../support/wait.ts';
import { type Aftermath, type Certificate, certify, isClean } from './certificate.ts';
import { Company } from './company.ts';
import { type EngineName, engineRule } from './engines.ts';
import { EvidenceFile, readEvidence } from './evidence.ts';
import { type Durability, FAULT_KINDS, ruleOf, type Topology } from './fault-kinds.ts';
import { lasts } from './insist.ts';
import { judge } from './judge.ts';
import { makeLedger, type Remains } from './ledger.ts';
import { leftOut } from './left-out.ts';
import { openOperator } from './open-operator.ts';
import type { Operator, ScheduleName } from './operator.ts';
import { type PlannedFault, planFaults } from './plan.ts';
import type { Setting, Strike } from './setting.ts';
import { startSetting } from './start-setting.ts';
import { companyStrikes } from './strikes.ts';
import { engineVersion } from './version-in.ts';

/** What a run is told. */
export interface ChaosOptions {
  engine: EngineName;
  seed: number;
  minutes: number;
  topology: Topology;
  durability: Durability;
  /** The folder of another checkout, whose workers and producers work beside ours, or null. */
  beside: { folder: string; version: string } | null;
  /** How many replicas must have what a producer adds. */
  replicas: number;
  /** How long a producer waits between two adds, on average. */
  everyMs: number;
  /** Of Apiary, for the certificate. */
  version: string;
  say(line: string): void;
}

/** A run under way. */
interface Scene {
  options: ChaosOptions;
  setting: Setting;
  operator: Operator;
  company: Company;
  /** Where the evidence is. */
  folder: string;
}

const PREFIX = 'chaos';
/** From the last fault to the end of the traffic: what was broken is to be seen at work again. */
const CALM_MS = 5_000;
const DRAIN_MS = 120_000;
/** As long as a worker needs to find the dead: more than two leases. */
const HOUSE_MS = 25_000;

/**
 * Runs the plan of a seed against real processes and a real Redis, and judges it; all that it starts ends with it.
 * Where something was found, the evidence stays in its folder, which it says.
 */
export async function runChaos(options: ChaosOptions): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'apiary-chaos-'));
  const setting = await startSetting(options.topology, options.durability);
  const { engine, seed, everyMs, replicas } = options;
  const { url, wireUrl } = setting;
  const operator = await openOperator(engine, { url, prefix: PREFIX });
  const beside = options.beside?.folder ?? null;
  const company = new Company({
    ...{ engine, url, wireUrl, prefix: PREFIX, folder, seed, everyMs, beside, replicas },
    hasStock: options.topology === 'standalone' && engineRule(engine).features.includes('stock'),
  });
  const scene: Scene = { options, setting, operator, company, folder };
  let isClear = false;
  try {
    const certificate = await play(scene);
    isClear = isClean(certificate);
    return certificate;
  } finally {
    await company.kill();
    await operator.close();
    await setting.stop();
    if (isClear) await rm(folder, { recursive: true, force: true });
    else options.say(`the evidence is in ${folder}`);
  }
}

async function play(scene: Scene): Promise<Certificate> {
  const { options, operator, company, folder } = scene;
  await operator.prepare();
  await company.open();
  const from = systemClock.now();
  await breakThings(scene);
  await lasts(CALM_MS);
  const traffic = { from, until: systemClock.now() };
  const remains = await drain(scene);
  await company.close();
  const ledger = makeLedger(readEvidence(folder), remains);
  const keysLeft = await readKeysLeft(scene);
  const redis = await operator.redisVersion();
  const { engine, version, seed, minutes, topology, durability, replicas } = options;
  const beside = options.beside?.version ?? null;
  const heading = {
    ...{ engine, engineVersion: engineVersion(engine), leftOut: leftOut(engine) },
    ...{ version, beside, redis, seed, minutes, topology, durability, replicas },
  };
  const aftermath: Aftermath = { ...traffic, keysLeft };
  return certify(heading, ledger, judge(ledger, heading), aftermath);
}

/** Does the plan: what is planned for one time at one time, and the next when that is mended. */
async function breakThings(scene: Scene): Promise<void> {
  const { options, setting, operator, company, folder } = scene;
  const strikes = { ...companyStrikes(operator, company.canMoveClocks), ...setting.strikes };
  const file = new EvidenceFile(join(folder, 'faults.ndjson'));
  // What the queues of an engine cannot have done to them is planned all the same: others have the same plan.
  const kinds = FAULT_KINDS.filter((kind) => kind in strikes || ruleOf(kind).to === 'queue');
  const plan = planFaults({ ...options, kinds }).filter(({ kind }) => kind in strikes);
  const start = systemClock.elapsed();
  for (const atMs of new Set(plan.map((planned) => planned.atMs))) {
    await lasts(start + atMs - systemClock.elapsed());
    const now = plan.filter((planned) => planned.atMs === atMs);
    options.say(now.map(({ kind, forMs }) => `${kind} ${forMs} ms`).join(', '));
    await Promise.all(now.map((planned) => strike(planned, strikes[planned.kind], scene, file)));
  }
  file.close();
}

async function strike(
  planned: PlannedFault,
  strikeIt: Strike | undefined,
  { company }: Scene,
  file: EvidenceFile,
): Promise<void> {
  if (!strikeIt) throw new Error(`${planned.kind} cannot be done here`);
  const from = systemClock.now();
  const pids = await strikeIt(planned, company);
  if (pids === 'told') return;
  const hit = pids === null ? null : [...pids];
  file.write({ fact: 'fault', kind: planned.kind, from, until: systemClock.now(), pids: hit });
}

/** Ends the traffic and waits until all is done that can be; resolves with what has not succeeded. */
async function drain({ operator, company, options }: Scene): Promise<Remains[]> {
  const { schedule } = operator;
  const silent = schedule ? await endSchedule(schedule, operator) : [];
  await company.endTraffic();
  options.say('the traffic has ended');
  // What is left is read and told of in any case.
  await untilNoneOpen(() => operator.countOpen(), DRAIN_MS).catch(() => undefined);
  return [...(await operator.readRemains()), ...silent];
}

/** Reads what stays of keys once whoever comes after the killed has kept house, and what ends by itself has ended. */
async function readKeysLeft({ operator, company, options }: Scene): Promise<string[]> {
  const left = await operator.readStrayKeys();
  if (left.length === 0) return left;
  options.say(`one more worker keeps house, as there still are ${left.join(', ')}`);
  await company.keepHouse(HOUSE_MS).catch((error: unknown) => options.say(String(error)));
  const isEmpty = async (): Promise<boolean> => (await operator.readStrayKeys()).length === 0;
  await until(isEmpty, 'no key is left', 2 * PRESENCE_TTL_MS).catch(() => undefined);
  return operator.readStrayKeys();
}

/** Ends the schedule once it has fired; resolves with what tells that it does not. */
async function endSchedule(schedule: ScheduleName, operator: Operator): Promise<Remains[]> {
  const calmSince = systemClock.now();
  const fires = (): Promise<boolean> => operator.hasFiredSince(calmSince);
  const hasFired = await until(fires, 'the schedule fires', DRAIN_MS).then(
    () => true,
    () => false,
  );
  await operator.endSchedule();
  return hasFired ? [] : [{ ...schedule, id: 'the schedule', state: 'delayed', outcome: null }];
}
