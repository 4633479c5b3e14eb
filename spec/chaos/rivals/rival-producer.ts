// A producer of another engine, run as a process of its own. Its environment: ENGINE, REDIS_URL, QUEUE_PREFIX, QUEUE,
// NAME, SEED, EVERY_MS, and EVIDENCE, the file for what was acknowledged. It adds until SIGTERM; what it began by then
// it adds to the end.
import { systemClock } from '../../../lib/clock.ts';
import { duration } from '../durations.ts';
import { engineRule, type RivalName } from '../engines.ts';
import { EvidenceFile, type FactOf, type Feature } from '../evidence.ts';
import type { Work } from '../mix.ts';
import { seededRandom } from '../seeded.ts';
import { Asker } from './asker.ts';
import { loadRival } from './load-rival.ts';
import type { AddHow, Flow } from './rival.ts';

const { ENGINE = '', REDIS_URL = '', QUEUE_PREFIX = '', QUEUE = '', NAME = '' } = process.env;
const { SEED = '', EVERY_MS = '', EVIDENCE = '' } = process.env;
const STAYS_MS = 60_000;

// Whoever started it has the name from the table of the engines.
const engine = ENGINE as RivalName;
const file = new EvidenceFile(EVIDENCE);
// It lives on while it has no connection.
setInterval(() => undefined, STAYS_MS);
const random = seededRandom(Number(SEED));
const asker = new Asker(await loadRival(engine), { url: REDIS_URL, prefix: QUEUE_PREFIX, queue: QUEUE });
const ending = new AbortController();

type Noted = Omit<FactOf<'acknowledged'>, 'fact' | 'at' | 'name' | 'feature'>;
type Add = (name: string) => Promise<void>;

function acknowledged(feature: Feature, name: string, noted: Noted = {}): void {
  file.write({ fact: 'acknowledged', at: systemClock.now(), name, feature, ...noted });
}

async function addOne(feature: Feature, work: Work, how: AddHow = {}, noted: Noted = {}): Promise<void> {
  const id = await asker.insist((rival) => rival.add(work, how));
  if (id === work.name) acknowledged(feature, work.name, noted);
}

function step(name: string, after: readonly Flow[] = [], anyway = false): Flow {
  return { work: { name, forMs: duration(random) }, after, anyway };
}

const ADDS: Partial<Record<Feature, Add>> = {
  plain: (name) => addOne('plain', { name, forMs: duration(random) }),
  retrying: (name) =>
    addOne('retrying', { name, forMs: duration(random), fails: 1 + Math.floor(2 * random()) }),
  snoozing: (name) => addOne('snoozing', { name, forMs: duration(random), snoozes: true }),
  delayed: (name) => {
    const dueAt = systemClock.now() + Math.round(4_000 * random());
    return addOne('delayed', { name, forMs: 0 }, { dueAt }, { dueAt });
  },
  unique: (name) => {
    const unique = `unique-${Math.floor(5 * random())}`;
    return addOne('unique', { name, forMs: duration(random) }, { unique }, { alone: unique });
  },
  chain: async (name) => {
    const [first, second, third] = ['0', '1', '2'].map((at) => `${name}/${at}`) as [string, string, string];
    const flow = step(third, [step(second, [step(first)])]);
    await asker.insist((rival) => rival.addFlow(flow));
    acknowledged('chain', first);
    acknowledged('chain', second, { after: [first] });
    acknowledged('chain', third, { after: [second] });
  },
  batch: async (name) => {
    const members = ['0', '1', '2', '3', '4'].map((member) => `${name}/${member}`);
    const last = `${name}/last`;
    const flow = step(
      last,
      members.map((member) => step(member, [], true)),
    );
    await asker.insist((rival) => rival.addFlow(flow));
    for (const member of members) acknowledged('batch', member);
    acknowledged('batch', last, { after: members });
  },
};

async function addAll(kind: string): Promise<void> {
  const adds = engineRule(engine).features.flatMap((feature) => ADDS[feature] ?? []);
  for (let seq = 0; !ending.signal.aborted; seq++) {
    await adds[Math.floor(adds.length * random())]?.(`${NAME}-${kind}-${seq}`);
    await systemClock.sleep(Number(EVERY_MS) * 2 * random(), ending.signal);
  }
}

process.once('SIGTERM', () => ending.abort());
process.stdout.write('ready\n');
// Two at a time, as ours does.
await Promise.all([addAll('mix'), addAll('more')]);
asker.close();
process.exit(0);
