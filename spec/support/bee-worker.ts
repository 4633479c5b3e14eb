// A worker in a process of its own: `bee-worker.ts <redis url> <queue> <hang|echo> [ours|stock]`. It says `ready`, `took
// <id>` and `done <id>`, one a line.
import { createRequire } from 'node:module';
import { Queue } from '../../lib/engine/bee/queue.ts';
import type { StockQueue } from './queues.ts';

const [url = '', name = '', mode = 'echo', kind = 'ours'] = process.argv.slice(2);

async function handle(job: { id: string | null; data: unknown }): Promise<unknown> {
  console.log(`took ${job.id}`);
  if (mode === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
  console.log(`done ${job.id}`);
  return job.data;
}

if (kind === 'stock') {
  const Stock = createRequire(import.meta.url)('bee-queue') as new (
    name: string,
    settings: object,
  ) => StockQueue;
  const queue = new Stock(name, {
    redis: { host: '127.0.0.1', port: Number(new URL(url).port) },
    stallInterval: 1_000,
  });
  await queue.ready();
  queue.process(5, handle);
} else {
  const queue = new Queue(name, { redis: url, leaseMs: 600 });
  await queue.ready();
  queue.process(mode === 'hang' ? 1 : 5, handle);
}
console.log('ready');
