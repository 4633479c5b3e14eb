import { z } from 'zod';
import type { BenchQueue, Email, QueueOptions, WorkOptions } from './engine.ts';

// The build, as users get it: the loader of TypeScript that runs this file wraps every closure and would slow us.
const BUILD = new URL('../../../dist/index.js', import.meta.url).href;
const { createProducer, createWorker, defineJob, handle, Queue } = (await import(
  BUILD
)) as typeof import('../../../lib/index.ts');

const emailSchema = z.object({
  to: z.email(),
  subject: z.string(),
  template: z.string(),
  locale: z.string(),
  variables: z.object({ name: z.string(), order: z.number(), total: z.string() }),
});

/**
 * Opens a queue of ours through the public library, with a schema checked on both sides. What is kept is fixed in
 * `createWorker`, so where none or all is to be kept the worker is that of the `Queue` class.
 */
export async function openOurs({ port, name, retention }: QueueOptions): Promise<BenchQueue> {
  const redis = `redis://127.0.0.1:${port}`;
  const SendEmail = defineJob<Email, Email>({ type: 'email.send', queue: name, schema: emailSchema });
  const producer = createProducer({ redis });
  let stopWorker = async (): Promise<void> => {};
  const workByLibrary = async ({ concurrency, onStarted, onSucceeded }: WorkOptions): Promise<void> => {
    const worker = createWorker({ redis, concurrency, handlers: [handle(SendEmail, () => onStarted())] });
    worker.events.on('job:succeeded', onSucceeded);
    stopWorker = () => worker.stop();
    await worker.start();
  };
  const workByQueue = async ({ concurrency, onStarted, onSucceeded }: WorkOptions): Promise<void> => {
    const queue = new Queue(name, { redis, getEvents: false, removeOnSuccess: retention === 'none' });
    queue.on('succeeded', onSucceeded);
    stopWorker = () => queue.close();
    queue.process(concurrency, async () => onStarted());
    await queue.ready();
  };
  return {
    add: (email) => producer.add(SendEmail, email),
    addBatch: (emails) => producer.addMany(SendEmail, emails),
    work: retention === 'newest' ? workByLibrary : workByQueue,
    close: async () => {
      await stopWorker();
      await producer.close();
    },
  };
}
