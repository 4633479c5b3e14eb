// Stock bee-queue beside us, run as a process of its own: a producer and a worker of one queue. Its environment: REDIS_URL,
// QUEUE_PREFIX, NAME, EVERY_MS, EVIDENCE. It adds until SIGUSR2, and runs until SIGTERM.
import { createRequire } from 'node:module';
import { systemClock } from '../../lib/clock.ts';
import type { StockQueue } from '../support/queues.ts';
import { EvidenceFile, tellStandstills } from './evidence.ts';
import { lasts } from './insist.ts';
import { shared, type Work } from './mix.ts';
import { RunTeller } from './run-teller.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', NAME = '', EVERY_MS = '', EVIDENCE = '' } = process.env;
const NEVER = new AbortController().signal;
const RECONNECT_MS = 300;
const JOB_MS = 5;
const CLOSES_WITHIN_MS = 2_000;

const Stock = createRequire(import.meta.url)('bee-queue') as new (
  name: string,
  settings: object,
) => StockQueue;

const file = new EvidenceFile(EVIDENCE);
const teller = new RunTeller(file, true);
tellStandstills(file, process.pid);
const ending = new AbortController();

const open = (): StockQueue => {
  const { hostname: host, port } = new URL(REDIS_URL);
  const redis = { host, port: Number(port), retry_strategy: () => RECONNECT_MS };
  const queue = new Stock(shared.queue, { redis, prefix: QUEUE_PREFIX, removeOnSuccess: false });
  // It tells of every outage, and goes on by itself.
  queue.on('error', () => undefined);
  return queue;
};

const runner = open();
await runner.ready();
runner.process(2, (job) => {
  // What is in the queue was added below.
  const { name } = job.data as Work;
  const told = teller.begin([name], { id: job.id ?? '', attempt: 1 });
  return told.through(() => systemClock.sleep(JOB_MS, NEVER));
});
process.once('SIGUSR2', () => ending.abort());
process.once('SIGTERM', () => {
  // Its close may wait for ever for a connection that is not coming back.
  void Promise.race([runner.close(CLOSES_WITHIN_MS), lasts(2 * CLOSES_WITHIN_MS)])
    .catch(() => undefined)
    .then(() => process.exit(0));
});
process.stdout.write('ready\n');

let adder = open();
for (let seq = 0; !ending.signal.aborted; seq++) {
  const name = `${NAME}-${seq}`;
  const isStored = await adder
    .createJob({ name, forMs: JOB_MS } satisfies Work)
    .setId(name)
    .retries(25)
    .save()
    .then(
      () => true,
      () => false,
    );
  if (isStored) file.write({ fact: 'acknowledged', at: systemClock.now(), name, feature: 'stock' });
  else {
    // It sends its scripts once, and does not know that a Redis which came back has none.
    adder.close(0).catch(() => undefined);
    adder = open();
    await adder.ready().catch(() => undefined);
  }
  await systemClock.sleep(Number(EVERY_MS), ending.signal);
}
