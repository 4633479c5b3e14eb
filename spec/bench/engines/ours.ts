import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { JobOptions } from '../../../lib/index.ts';
import type { BenchQueue, Email, OpenQueue, QueueOptions, Retention, Spread, WorkOptions } from './engine.ts';

type Library = typeof import('../../../lib/index.ts');

const emailSchema = z.object({
  to: z.email(),
  subject: z.string(),
  template: z.string(),
  locale: z.string(),
  variables: z.object({ name: z.string(), order: z.number(), total: z.string() }),
});

const KEYS = `bench:${randomBytes(32).toString('base64')}`;

const KEPT: Record<Retention, number> = { newest: 1_000, none: 0, all: Number.POSITIVE_INFINITY };

/**
 * Loads a build of ours, as users get it: the loader of TypeScript that runs this file wraps every closure and would
 * slow us. Queues are opened through the public library, with a schema checked on both sides.
 *
 * @param build - the folder of the build, as a file URL
 */
export async function loadOurs(build: string): Promise<OpenQueue> {
  const library = (await import(`${build}/index.js`)) as Library;
  return (options) => openOurs(library, options);
}

async function openOurs(library: Library, options: QueueOptions): Promise<BenchQueue> {
  const { createInspector, createProducer, createWorker, defineJob, handle } = library;
  const { port, name, retention, spread } = options;
  const redis = `redis://127.0.0.1:${port}`;
  const SendEmail = defineJob<Email, Email>({ type: 'email.send', queue: name, schema: emailSchema });
  const isEncrypted = spread !== undefined && 'encrypted' in spread;
  const sealing = isEncrypted ? { encryption: { keys: KEYS, all: true } } : {};
  const producer = createProducer({ redis, ...sealing });
  if (spread && 'limits' in spread) {
    const inspector = createInspector({ redis });
    await inspector.limits.set(name, spread.limits, 'bench');
    await inspector.close();
  }
  let added = 0;
  const optionsOf = (own: Spread, at: number): JobOptions => {
    if ('keys' in own) return { key: `tenant-${at % own.keys}` };
    return 'priorities' in own ? { priority: at % own.priorities } : {};
  };
  const addSpread = (emails: readonly Email[], own: Spread): Promise<unknown> => {
    const each = emails.map((email) => producer.add(SendEmail, email, optionsOf(own, added++)));
    return Promise.all(each);
  };
  let stopWorker = async (): Promise<void> => {};
  return {
    add: (email) => producer.add(SendEmail, email),
    addBatch: (emails) =>
      spread && !isEncrypted ? addSpread(emails, spread) : producer.addMany(SendEmail, emails),
    work: async ({ concurrency, onStarted, onSucceeded }: WorkOptions) => {
      const handlers = [handle(SendEmail, async () => onStarted())];
      const worker = createWorker({
        ...{ redis, ...sealing },
        concurrency,
        handlers,
        retention: { succeeded: { count: KEPT[retention] } },
      });
      worker.events.on('job:succeeded', onSucceeded);
      stopWorker = () => worker.stop();
      await worker.start();
    },
    close: async () => {
      await stopWorker();
      await producer.close();
    },
  };
}
