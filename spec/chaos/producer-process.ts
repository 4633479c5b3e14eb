// A producer of the mix, run as a process of its own. Its environment: REDIS_URL, QUEUE_PREFIX, NAME, SEED, EVERY_MS,
// REPLICAS, and EVIDENCE, the file for what was acknowledged. It adds until SIGTERM; what it began by then it adds to the end.
import { systemClock } from '../../lib/clock.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { createProducer } from '../../lib/open.ts';
import { duration } from './durations.ts';
import { EvidenceFile, type FactOf, type Feature } from './evidence.ts';
import { insist } from './insist.ts';
import { grouped, keyed, linked, plain } from './mix.ts';
import { seededRandom } from './seeded.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', NAME = '', SEED = '', EVERY_MS = '' } = process.env;
const { EVIDENCE = '', REPLICAS = '0' } = process.env;
const KEYS = 4;
const REPLICATED_WITHIN_MS = 2_000;

const file = new EvidenceFile(EVIDENCE);
const random = seededRandom(Number(SEED));
const durability =
  REPLICAS === '0' ? {} : { durability: { replicas: Number(REPLICAS), timeoutMs: REPLICATED_WITHIN_MS } };
const producer = createProducer({ redis: REDIS_URL, prefix: QUEUE_PREFIX, ...durability });
const ending = new AbortController();

type Noted = Omit<FactOf<'acknowledged'>, 'fact' | 'at' | 'name' | 'feature'>;

function acknowledged(feature: Feature, name: string, noted: Noted = {}): void {
  file.write({ fact: 'acknowledged', at: systemClock.now(), name, feature, ...noted });
}

type Add = (name: string) => Promise<void>;

const ADDS: Record<Exclude<Feature, 'keyed' | 'stock'>, Add> = {
  plain: (name) => addPlain('plain', name),
  retrying: (name) => addPlain('retrying', name, { fails: 1 + Math.floor(2 * random()) }),
  snoozing: (name) => addPlain('snoozing', name, { snoozes: true }),
  once: (name) => addPlain('once', name, { once: true }),
  delayed: async (name) => {
    const dueAt = systemClock.now() + Math.round(4_000 * random());
    await insist(() => producer.add(plain, { name, forMs: 0 }, { id: name, runAt: dueAt }));
    acknowledged('delayed', name, { dueAt });
  },
  unique: async (name) => {
    const key = `unique-${Math.floor(5 * random())}`;
    const work = { name, forMs: duration(random) };
    const { id } = await insist(() => producer.add(plain, work, { id: name, unique: { key } }));
    if (id === name) acknowledged('unique', name, { alone: key });
  },
  grouped: async (name) => {
    const group = `group-${Math.floor(4 * random())}`;
    await insist(() => producer.add(grouped, { name, forMs: duration(random) }, { id: name, group }));
    acknowledged('grouped', name);
  },
  following: async (name) => {
    const next = `${name}/next`;
    await insist(() => producer.add(linked, { name, forMs: duration(random), follows: true }, { id: name }));
    acknowledged('following', name);
    acknowledged('following', next, { after: [name] });
  },
  chain: async (name) => {
    const steps = ['0', '1', '2'].map((step) => `${name}/${step}`);
    const [first = '', ...rest] = steps;
    const jobs = rest.map((step) => jobFor(linked, { name: step, forMs: duration(random) }));
    const head = jobFor(linked, { name: first, forMs: duration(random) }, { id: first });
    await insist(() => producer.addChain([head, ...jobs]));
    for (const [at, step] of steps.entries())
      acknowledged('chain', step, { after: at === 0 ? [] : [steps[at - 1] ?? ''] });
  },
  batch: async (name) => {
    const members = ['0', '1', '2', '3', '4'].map((member) => `${name}/${member}`);
    const last = `${name}/last`;
    const jobs = members.map((member) => jobFor(linked, { name: member, forMs: duration(random) }));
    const after = jobFor(linked, { name: last, forMs: 0 });
    await insist(() => producer.addBatch({ id: name, jobs, last: after, when: 'ended' }));
    for (const member of members) acknowledged('batch', member);
    acknowledged('batch', last, { after: members });
  },
};

async function addPlain(feature: Feature, name: string, rest: object = {}): Promise<void> {
  const work = { name, forMs: duration(random), ...rest };
  await insist(() => producer.add(plain, work, { id: name }));
  acknowledged(feature, name);
}

async function addKeyed(name: string, seq: number): Promise<void> {
  const key = `${NAME}-key-${seq % KEYS}`;
  const work = { name, forMs: Math.min(400, duration(random)) };
  await insist(() => producer.add(keyed, work, { id: name, key }));
  acknowledged('keyed', name, { line: { key, seq } });
}

async function addAll(kind: string, add: (name: string, seq: number) => Promise<void>): Promise<void> {
  for (let seq = 0; !ending.signal.aborted; seq++) {
    await add(`${NAME}-${kind}-${seq}`, seq);
    await systemClock.sleep(Number(EVERY_MS) * 2 * random(), ending.signal);
  }
}

const mixed = Object.values(ADDS);
process.once('SIGTERM', () => ending.abort());
process.stdout.write('ready\n');
// One after the other each, so that the order of a key is that of its acknowledgements.
await Promise.all([
  addAll('mix', (name) => (mixed[Math.floor(mixed.length * random())] ?? ADDS.plain)(name)),
  addAll('keyed', addKeyed),
]);
await producer.close();
process.exit(0);
