/** The ways in which TypeScript finds a package, each with the kind of modules it goes with. */
export const RESOLUTIONS = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['bundler', 'esnext'],
] as const;

/** A program of a user, the same text for ESM and CommonJS: runs a job on a Redis of its own and closes everything. */
export const PROGRAM = `
import { createInspector, createProducer, createWorker, defineJob, handle, type JobInfo, Queue } from 'apiary-jobs';
import { createOutbox, type OutboxTransaction } from 'apiary-jobs/outbox';
import { startTestRedis, testQueueName, untilFinished } from 'apiary-jobs/testing';
import { z } from 'zod';

const Greet = defineJob({ type: 'greet', queue: testQueueName(), schema: z.object({ name: z.string() }), retries: 1 });
const greet = handle(Greet, ({ name }, ctx): string => {
  ctx.log.info('greeting', { name });
  return \`Hello \${name}\`;
});

async function main(): Promise<void> {
  const { url: redis, stop } = await startTestRedis();
  const worker = createWorker({ redis, handlers: [greet], concurrency: 2 });
  worker.events.on('job:failed', ({ type, error }) => console.error(type, error.message));
  await worker.start();
  const producer = createProducer({ redis });
  const inspector = createInspector({ redis });
  const { id } = await producer.add(Greet, { name: 'Ada' }, { delayMs: 1 });
  const job: JobInfo = await untilFinished(inspector, Greet.queue, id);
  const queue = new Queue<{ x: number }>('numbers', { redis: { host: '127.0.0.1', port: Number(new URL(redis).port) } });
  queue.process(async (running) => running.data.x * 2);
  const ended = new Promise<unknown>((resolve) => queue.on('succeeded', (_job, result) => resolve(result)));
  await queue.createJob({ x: 21 }).save();
  const statements: string[] = [];
  const tx: OutboxTransaction = { query: async (text) => void statements.push(text) };
  await createOutbox().add(tx, Greet, { name: 'Eve' });
  console.log(job.result, await ended, statements.length);
  await Promise.all([worker.stop(), producer.close(), inspector.close(), queue.close()]);
  await stop();
}

void main();
`;

/** What the program prints. */
export const PRINTED = 'Hello Ada 42 1\n';

const BEFORE = `
import { createProducer, createWorker, defineJob, handle, Queue } from 'apiary-jobs';
import { z } from 'zod';
const redis = 'redis://127.0.0.1:6379';
const Greet = defineJob({ type: 'greet', schema: z.object({ name: z.string() }) });
const greet = handle(Greet, ({ name }) => name);
const producer = createProducer({ redis });
export const unused = [createWorker, Queue, producer, greet];
`;

/** Mistakes that the compiler must refuse, each with the words that a reader needs. */
export const MISTAKES = [
  [
    'an option of a worker, misspelt',
    'createWorker({ redis, handlers: [greet], concurrncy: 2 });',
    "'concurrency'",
  ],
  [
    'a number as text',
    "createWorker({ redis, handlers: [greet], concurrency: '2' });",
    "'string' is not assignable to type 'number'",
  ],
  ['a worker without handlers', 'createWorker({ redis });', "'handlers' is missing"],
  ['a plain function as handler', 'createWorker({ redis, handlers: [async () => 1] });', "'BoundHandler'"],
  [
    'an option of a definition, misspelt',
    "defineJob({ type: 'x', schema: z.object({}), retires: 3 });",
    "'retries'",
  ],
  ['an option of a job, misspelt', "void producer.add(Greet, { name: 'Ada' }, { delayMS: 5 });", "'delayMs'"],
  ['a field of the data, misspelt', "void producer.add(Greet, { nam: 'Ada' });", "'name'"],
  [
    'a field that the data has not',
    'handle(Greet, (data) => data.nope);',
    "'nope' does not exist on type '{ name: string; }'",
  ],
  ['a producer without Redis', 'createProducer({});', "'redis' is missing"],
  ['a setting of a queue, misspelt', "new Queue('x', { isWorkr: false });", "'isWorker'"],
] as const;

/** A module with one of the mistakes, in its last line. */
export function mistaken(code: string): string {
  return `${BEFORE}${code}\n`;
}

/** What the compiler said, one text for each mistake: older ones say the reason in a further line. */
export function mistakesIn(output: string): string[] {
  return output.trim().split(/\n(?=\S)/);
}

/** What a tsconfig says beside its resolution and its files. */
interface TsconfigOptions {
  /** Where that goes which is compiled; by default a folder named by the resolution. */
  outDir?: string;
  /** Whether the declarations are checked too, which costs most of a compilation; default they are. */
  checksDeclarations?: boolean;
}

/** A tsconfig without leniency. Once the names of a browser are there, as by default; else those of the language alone. */
export function tsconfig(
  resolution: string,
  module: string,
  files: readonly string[],
  { outDir = `built-${resolution}`, checksDeclarations = true }: TsconfigOptions = {},
): string {
  const compilerOptions = {
    module,
    moduleResolution: resolution,
    target: 'es2022',
    ...(resolution !== 'node16' && { lib: ['es2022'] }),
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: !checksDeclarations,
    // Those of the language are the compiler's own.
    skipDefaultLibCheck: true,
    noEmitOnError: true,
    rootDir: '.',
    outDir,
  };
  return JSON.stringify({ compilerOptions, files });
}
