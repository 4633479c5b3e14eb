import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { defineJob, handle } from '../../../lib/index.ts';

const BLOCKED_MS = 900;
const schema = z.object({});

const Fail = defineJob({ type: 'fail', queue: 'fail', schema, retries: 0 });
const Deaf = defineJob({ type: 'deaf', queue: 'deaf', schema, retries: 0, timeoutMs: 1_000 });
const Die = defineJob({ type: 'die', queue: 'die', schema: z.object({ marker: z.string() }) });
const Grow = defineJob({ type: 'grow', queue: 'grow', schema, timeoutMs: 3_600_000 });
const Lag = defineJob({ type: 'lag', queue: 'lag', schema, timeoutMs: 3_600_000 });

/** Handlers that do what the alerts are there to tell of. */
export default [
  handle(Fail, async () => {
    throw new Error('this one always fails');
  }),
  // Neither ends nor listens to its signal.
  handle(Deaf, () => new Promise<never>(() => {})),
  handle(Die, async ({ marker }) => {
    if (existsSync(marker)) return;
    writeFileSync(marker, '');
    process.kill(process.pid, 'SIGKILL');
  }),
  // Ends with its worker.
  handle(Grow, (_, { signal }) => once(signal, 'abort')),
  handle(Lag, async (_, { signal }) => {
    while (!signal.aborted) {
      const until = performance.now() + BLOCKED_MS;
      while (performance.now() < until);
      await setImmediate();
    }
  }),
];
