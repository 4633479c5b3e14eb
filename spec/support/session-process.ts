// Holds the next job of a queue under a lease of ten minutes, run as a process of its own. Its environment: REDIS_URL,
// QUEUE. It prints `took` with the id of the job.
import { openEngine, takeOne } from './engine.ts';
import { tell } from './tell.ts';

const { REDIS_URL = '', QUEUE = '' } = process.env;

const session = openEngine(REDIS_URL, QUEUE).session({ leaseMs: 600_000 });
tell('took', (await takeOne(session)).id);
