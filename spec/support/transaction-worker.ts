// A worker whose jobs insert a row by ctx.transaction, run as a process of its own. Its environment: REDIS_URL, QUEUE,
// POSTGRES, and DIE: where it kills itself, `before` the transaction, `inside` it, `after` its commit, or `never`.
import pg from 'pg';
import { z } from 'zod';
import { defineJob, handle } from '../../lib/jobs/define.ts';
import { createWorker } from '../../lib/open.ts';

const { REDIS_URL = '', QUEUE = '', POSTGRES = '', DIE = '' } = process.env;
const pool = new pg.Pool({ connectionString: POSTGRES });
const die = (where: string): void => {
  if (DIE === where) process.kill(process.pid, 'SIGKILL');
};
const Order = defineJob({ type: 'job', queue: QUEUE, schema: z.any() });
const worker = createWorker({
  redis: REDIS_URL,
  handlers: [
    handle(Order, async (_data, ctx) => {
      die('before');
      const id = await ctx.transaction(pool, async (tx) => {
        const { rows } = await tx.query('insert into effects (queue) values ($1) returning id', [QUEUE]);
        die('inside');
        return rows[0].id;
      });
      die('after');
      return id;
    }),
  ],
});
await worker.start();
console.log('ready');
process.once('SIGTERM', () => worker.stop().then(() => process.exit(0)));
