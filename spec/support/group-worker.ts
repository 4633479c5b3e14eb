// A worker that is handed groups, run as a process of its own. Its environment: REDIS_URL, QUEUE_PREFIX, and DEED: what
// a call does, `work` a little or `hang` for ever. It prints `ran <id of the carrier> <how many jobs>` per call.
import { writeSync } from 'node:fs';
import { systemClock } from '../../lib/clock.ts';
import { handleGroup } from '../../lib/jobs/handle-group.ts';
import { createWorker } from '../../lib/open.ts';
import { note } from './group-job.ts';

const { REDIS_URL = '', QUEUE_PREFIX = '', DEED = '' } = process.env;
const STDOUT = 1;
const never = new AbortController().signal;

// At once and whole: a process that is killed next must have told.
function tell(line: string): void {
  writeSync(STDOUT, `${line}\n`);
}

const worker = createWorker({
  redis: REDIS_URL,
  prefix: QUEUE_PREFIX,
  concurrency: 4,
  handlers: [
    handleGroup(note, async (jobs, { id }) => {
      tell(`ran ${id} ${jobs.length}`);
      if (DEED === 'hang') await new Promise(() => {});
      await systemClock.sleep(5, never);
      return jobs.map((job) => job.id);
    }),
  ],
});
process.once('SIGTERM', () => worker.stop().then(() => process.exit(0)));
await worker.start();
tell('ready');
