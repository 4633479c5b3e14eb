// Steps of workflows per second beside plain jobs, at a concurrency of 100, in one process, and the processor time that
// Redis and Node spend on each: `node --import tsx spec/bench/workflows.ts [rounds] [shape]`. Three shapes of a thousand
// steps each: a chain, layers of 25, and one to many to one.
import { createProducer, createWorker, defineJob, handle } from '../../lib/index.ts';
import type { WorkflowBuilder, WorkflowStep } from '../../lib/jobs/workflow-builder.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';
import { startRedis } from '../support/redis.ts';

const JOBS = 40_000;
const STEPS = 1_000;
const CONCURRENCY = 100;
const rounds = Number(process.argv[2] ?? 3);
const only = process.argv[3] ?? '';

const schema = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) },
} as const;
const Step = defineJob({ type: 'step', queue: 'bench', schema });

const SHAPES: Readonly<
  Record<string, (n: number, steps: readonly WorkflowStep[]) => (WorkflowStep | undefined)[]>
> = {
  chain: (n, steps) => [steps[n - 1]],
  layers: (n, steps) => (n < 25 ? [] : [steps[n - 25], steps[n - 25 - (n % 25) + ((n + 1) % 25)]]),
  'fan out and in': (n, steps) => (n === 0 ? [] : n < STEPS - 1 ? [steps[0]] : [...steps.slice(1)]),
};

const describe =
  (shape: keyof typeof SHAPES) =>
  ({ job }: WorkflowBuilder): void => {
    const steps: WorkflowStep[] = [];
    for (let n = 0; n < STEPS; n++) {
      const after = SHAPES[shape]?.(n, steps).filter((one) => one !== undefined);
      steps.push(job(`s${n}`, Step, n, { after }));
    }
  };

const redis = await startRedis();
const client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
const producer = createProducer({ redis: redis.url });

/** What a job or step costs: how many per second, and the processor time of each, in µs. */
interface Cost {
  perS: number;
  redis: number;
  node: number;
}

async function redisMicros(): Promise<number> {
  const info = await client.info('cpu');
  const secondsOf = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  return 1e6 * (secondsOf('used_cpu_user') + secondsOf('used_cpu_sys'));
}

async function measure(add: () => Promise<unknown>, result: unknown): Promise<Cost> {
  await add();
  let left = JOBS;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const worker = createWorker({
    redis: redis.url,
    concurrency: CONCURRENCY,
    handlers: [
      handle(Step, () => {
        if (--left === 0) finish();
        return result;
      }),
    ],
  });
  const [began, redisBefore, nodeBefore] = [performance.now(), await redisMicros(), process.cpuUsage()];
  await worker.start();
  await finished;
  const tookMs = performance.now() - began;
  const { user, system } = process.cpuUsage(nodeBefore);
  const redisTook = (await redisMicros()) - redisBefore;
  await worker.stop();
  return { perS: (JOBS * 1_000) / tookMs, redis: redisTook / JOBS, node: (user + system) / JOBS };
}

const addFlows = (shape: string) => async (): Promise<void> => {
  for (let at = 0; at < JOBS / STEPS; at++) await producer.addWorkflow(describe(shape));
};

const rows: Record<string, Cost[]> = {};
for (let round = 0; round < rounds; round++) {
  const note = async (name: string, add: () => Promise<unknown>, result?: unknown): Promise<void> => {
    rows[name] = [...(rows[name] ?? []), await measure(add, result)];
  };
  await note('plain', () =>
    producer.addMany(
      Step,
      Array.from({ length: JOBS }, (_one, n) => n),
    ),
  );
  for (const shape of Object.keys(SHAPES).filter((one) => one.startsWith(only))) {
    await note(`steps, ${shape}`, addFlows(shape));
    await note(`steps, ${shape}, with results`, addFlows(shape), { ok: true });
  }
}
const median = (all: readonly Cost[], of: keyof Cost): number =>
  all.map((one) => one[of]).toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0;
for (const [name, all] of Object.entries(rows)) {
  const perS = `${Math.round(median(all, 'perS'))}/s`.padStart(10);
  const micros = (of: 'redis' | 'node'): string => `${median(all, of).toFixed(1).padStart(6)} µs`;
  console.log(`${name.padEnd(40)}${perS}  Redis ${micros('redis')}  Node ${micros('node')}`);
}
await closeClient(client);
await producer.close();
await redis.stop();
