import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';
import { untilNoneOpen } from '../support/none-open.ts';
import { until } from '../support/wait.ts';
import { countOpen, readRemains, readStrayKeys } from './census.ts';
import { type Aftermath, type Certificate, certify, isClean } from './certificate.ts';
import { Company } from './company.ts';
import { EvidenceFile, readEvidence } from './evidence.ts';
import { type Durability, FAULT_KINDS, type Topology } from './fault-kinds.ts';
import { insist, lasts } from './insist.ts';
import { judge } from './judge.ts';
import { makeLedger, type Remains } from './ledger.ts';
import { keyed, LIMITS, ticks } from './mix.ts';
import { type PlannedFault, planFaults } from './plan.ts';
import type { Setting, Strike } from './setting.ts';
import { startSetting } from './start-setting.ts';
import { companyStrikes, type Operator } from './strikes.ts';

/** What a run is told. */
export interface ChaosOptions {
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
  client: RedisClient;
  company: Company;
  /** Where the evidence is. */
  folder: string;
}

const PREFIX = 'chaos';
/** From the last fault to the end of the traffic: what was broken is to be seen at work again. */
const CALM_MS = 5_000;
const DRAIN_MS = 120_000;

/**
 * Runs the plan of a seed against real processes and a real Redis, and judges it; all that it starts ends with it.
 * Where something was found, the evidence stays in its folder, which it says.
 */
export async function runChaos(options: ChaosOptions): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'apiary-chaos-'));
  const setting = await startSetting(options.topology, options.durability);
  const client = connect(parseRedisUrl(setting.url), 'commands', { log: silentLog });
  const operator = {
    inspector: new Inspector({ client, prefix: PREFIX }),
    producer: new Producer({ client, prefix: PREFIX }),
  };
  const { seed, everyMs, topology, replicas } = options;
  const { url, wireUrl } = setting;
  const beside = options.beside?.folder ?? null;
  const hasStock = topology === 'standalone';
  const company = new Company({
    url,
    wireUrl,
    prefix: PREFIX,
    folder,
    seed,
    everyMs,
    beside,
    replicas,
    hasStock,
  });
  const scene: Scene = { options, setting, operator, client, company, folder };
  let isClear = false;
  try {
    const certificate = await play(scene);
    isClear = isClean(certificate);
    return certificate;
  } finally {
    await company.kill();
    await operator.producer.close();
    await closeClient(client);
    await setting.stop();
    if (isClear) await rm(folder, { recursive: true, force: true });
    else options.say(`the evidence is in ${folder}`);
  }
}

async function play(scene: Scene): Promise<Certificate> {
  const { options, operator, company, client, folder } = scene;
  await operator.inspector.limits.set(keyed.queue, LIMITS, 'chaos');
  await company.open();
  const from = systemClock.now();
  await breakThings(scene);
  await lasts(CALM_MS);
  const traffic = { from, until: systemClock.now() };
  const remains = await drain(scene);
  await company.close();
  const keysLeft = await readStrayKeys(client, PREFIX);
  const ledger = makeLedger(readEvidence(folder), remains);
  const redis = /redis_version:(\S+)/.exec(await operator.inspector.redisInfo())?.[1] ?? 'unknown';
  const { version, seed, minutes, topology, durability, replicas } = options;
  const beside = options.beside?.version ?? null;
  const heading = { version, beside, redis, seed, minutes, topology, durability, replicas };
  const aftermath: Aftermath = { ...traffic, keysLeft };
  return certify(heading, ledger, judge(ledger, heading), aftermath);
}

/** Does the plan: what is planned for one time at one time, and the next when that is mended. */
async function breakThings(scene: Scene): Promise<void> {
  const { options, setting, operator, company, folder } = scene;
  const strikes = { ...companyStrikes(operator, company.canMoveClocks), ...setting.strikes };
  const file = new EvidenceFile(join(folder, 'faults.ndjson'));
  const kinds = FAULT_KINDS.filter((kind) => kind in strikes);
  const plan = planFaults({ ...options, kinds });
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
async function drain({ operator: { inspector }, company, options }: Scene): Promise<Remains[]> {
  const { queue } = ticks.definition;
  const { name } = ticks.schedule;
  const calmSince = systemClock.now();
  const fires = async (): Promise<boolean> => {
    const [newest] = await insist(() => inspector.schedules.firings(queue, name, 1));
    return newest !== undefined && newest.tick > calmSince;
  };
  const hasFired = await until(fires, 'the schedule fires', DRAIN_MS).then(
    () => true,
    () => false,
  );
  await insist(() => inspector.schedules.pause(queue, name, 'chaos'));
  await company.endTraffic();
  options.say('the traffic has ended');
  // What is left is read and told of in any case.
  await untilNoneOpen(() => insist(() => countOpen(inspector)), DRAIN_MS).catch(() => undefined);
  const remains = await readRemains(inspector);
  const silent = { name, queue, id: 'the schedule', state: 'delayed', outcome: null } as const;
  return hasFired ? remains : [...remains, silent];
}
