// Adds one batch and says so when all of it is stored. Run as a process of its own; its environment: REDIS_URL, QUEUE_PREFIX,
// and MEMBERS, how many there are.
import { createProducer } from '../../lib/open.ts';
import { linkedBatch } from './linked-jobs.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', MEMBERS = '' } = process.env;

const producer = createProducer({ redis: REDIS_URL, prefix: QUEUE_PREFIX });
await producer.addBatch(linkedBatch('big', Number(MEMBERS)));
console.log('added');
await producer.close();
