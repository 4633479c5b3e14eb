// A worker whose handler hangs and ignores its signal, run as a process of its own. It stops when the time of its job is
// over, and must end then by itself. Its environment: REDIS_URL, QUEUE, TIMEOUT_MS.
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createProducer, createWorker } from '../../lib/open.ts';

const { REDIS_URL: redis = '', QUEUE: queue = '', TIMEOUT_MS = '' } = process.env;
const definition = defineJob({ type: 'hangs', queue, schema: z.number(), timeoutMs: Number(TIMEOUT_MS) });
const handler = handle(definition, () => new Promise(() => {}));
const worker = createWorker({ redis, handlers: [handler], shutdownTimeoutMs: 1 });
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const stop = async (): Promise<void> => {
  await worker.stop();
  tell('stopped');
};
worker.events.on('job:started', () => {
  tell('started');
  if (Number(TIMEOUT_MS) > 1_000) setImmediate(stop);
});
worker.events.on('job:overdue', ({ limitMs, reason }) => {
  tell(`overdue by ${reason} of ${limitMs}`);
  void stop();
});
const producer = createProducer({ redis });
await producer.add(definition, 1);
await producer.close();
await worker.start();
