// What it costs a worker to count how long jobs take: the share of its CPU that goes into that, of a backlog of jobs that
// do nothing, 100 in flight. Run by: node --conditions=apiary-source --import tsx spec/bench/times-cost.ts
import { type Profiler, Session } from 'node:inspector/promises';
import { createProducer, createWorker, defineJob, handle } from '../../lib/index.ts';
import { startRedis } from '../support/redis.ts';

const ROUNDS = 5;
const JOBS = 100_000;
const PER_CALL = 10_000;
const CONCURRENCY = 100;
const EVERY_MICROS = 100;
/** What counts, and what is asked for it alone. */
const COUNTING = /\/lib\/(worker\/job-times|engine\/times\/[\w-]+|worker\/facts)\.ts$/;
const NO_WORK = ['(idle)', '(program)'];

const NoOp = defineJob({ type: 'no.op', queue: 'times' });

/** For how many µs of a profile it was at work, and for how many at counting. */
function shareOf({
  nodes,
  samples = [],
  timeDeltas = [],
}: Profiler.Profile): [work: number, counting: number] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  let [work, counting] = [0, 0];
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    if (!frame || NO_WORK.includes(frame.functionName)) continue;
    work += timeDeltas[at] ?? 0;
    if (COUNTING.test(frame.url)) counting += timeDeltas[at] ?? 0;
  }
  return [work, counting];
}

/** Works through a backlog; resolves with its profile. */
async function profileOf(redis: string): Promise<Profiler.Profile> {
  const producer = createProducer({ redis });
  const some = Array.from({ length: PER_CALL }, () => null);
  for (let added = 0; added < JOBS; added += PER_CALL) await producer.addMany(NoOp, some);
  await producer.close();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: EVERY_MICROS });
  let left = JOBS;
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = (): null => {
    if (--left === 0) finish();
    return null;
  };
  const worker = createWorker({ redis, concurrency: CONCURRENCY, handlers: [handle(NoOp, run)] });
  await session.post('Profiler.start');
  await worker.start();
  await done;
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await worker.stop();
  return profile;
}

const redis = await startRedis();
try {
  for (let round = 0; round <= ROUNDS; round++) {
    const [work, counting] = shareOf(await profileOf(redis.url));
    // In the first the code is compiled.
    if (round === 0) continue;
    const share = ((counting / work) * 100).toFixed(2);
    console.log(`${share} % of ${(work / JOBS).toFixed(2)} µs of CPU a job go into counting its times`);
  }
} finally {
  await redis.stop();
}
