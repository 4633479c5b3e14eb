// A worker that is handed groups, run as a process of its own. Its environment: REDIS_URL, QUEUE_PREFIX, and DEED: what
// a call does, `work` a little or `hang` for ever. It prints `ran <id of the carrier> <how many jobs>` per call.
import { systemClock } from '../../lib/clock.ts';
import { handleGroup } from '../../lib/jobs/handle-group.ts';
import { createWorker } from '../../lib/open.ts';
import { note } from './group-job.ts';
import { tell } from './tell.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', DEED = '' } = process.env;
const never = new AbortController().signal;

const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: 4,
  handlers: [
    handleGroup(note, async (jobs, { id }) => {
      tell('ran', id, jobs.length);
      if (DEED === 'hang') await new Promise(() => {});
      await systemClock.sleep(5, never);
      return jobs.map((job) => job.id);
    }),
  ],
});
process.once('SIGTERM', () => worker.stop().then(() => process.exit(0)));
await worker.start();
tell('ready');
