// Adds batches of jobs for ever and prints the ids of each one that was acknowledged. Run as a process of its own.
import { writeSync } from 'node:fs';
import { createProducer } from '../../lib/open.ts';
import { toil } from '../support/crew-job.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '' } = process.env;
const STDOUT = 1;
const BATCH = 20;

const producer = createProducer({ redis: REDIS_URL, prefix: QUEUE_PREFIX });
for (;;) {
  const added = await producer.addMany(toil, Array(BATCH).fill({ forMs: 0 }));
  for (const { id } of added) writeSync(STDOUT, `added ${id}\n`);
}
