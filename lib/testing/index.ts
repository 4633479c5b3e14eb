import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';
import type { Inspector, JobInfo } from '../inspector/inspector.ts';
import { nullLogger } from '../logger.ts';
import { startEmbeddedRedis } from '../redis/embedded.ts';
import { watchLeftovers } from './leftovers.ts';

/** A private redis-server of a test run. */
export interface TestRedis {
  readonly url: string;
  /** Ends it and removes its data. Harmless twice. */
  stop(): Promise<void>;
}

/** How long a test waits for a job. */
export interface FinishOptions {
  /** Default 5,000. */
  timeoutMs?: number;
}

const LOOK_MS = 5;
const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Starts a real redis-server on a free port of 127.0.0.1 with nothing in it; it ends with `stop` or with the process,
 * whatever ends that, and its folder goes with it.
 * Throws REDIS_BINARY_MISSING when the machine has no redis-server.
 */
export async function startTestRedis(): Promise<TestRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'apiary-test-'));
  const leftovers = watchLeftovers(dataDir);
  const clear = async (): Promise<void> => {
    await rm(dataDir, { recursive: true, force: true });
    leftovers.dismiss();
  };
  const options = { dataDir, binary: null, log: nullLogger, appendOnly: false, onSpawn: leftovers.add };
  const server = await startEmbeddedRedis(options).catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await clear();
    },
  };
}

/** Makes a queue name that no other test uses, so that nothing has to be flushed between tests. */
export function testQueueName(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/**
 * Waits until a job has ended, well or not, and resolves with it. After `timeoutMs` it rejects with WAIT_TIMED_OUT, or with
 * JOB_NOT_FOUND where there is no such job, and says which state it was in and why it did not run.
 */
export async function untilFinished(
  inspector: Inspector,
  queue: string,
  id: string,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: FinishOptions = {},
): Promise<JobInfo> {
  if (typeof inspector?.job !== 'function')
    throw new ApiaryError('JOB_INVALID', 'untilFinished takes what createInspector returns');
  const never = new AbortController().signal;
  const limit = systemClock.elapsed() + timeoutMs;
  for (;;) {
    const job = await inspector.job(queue, id);
    if (job?.outcome) return job;
    if (systemClock.elapsed() > limit) {
      const state = job ? `it is ${job.state}` : 'it does not exist';
      const why = (await inspector.why(queue, id)).map(({ text }) => text).join('; ');
      const message = `job ${id} of queue ${queue} did not end within ${timeoutMs} ms: ${state}: ${why}`;
      throw new ApiaryError(job ? 'WAIT_TIMED_OUT' : 'JOB_NOT_FOUND', message);
    }
    await systemClock.sleep(LOOK_MS, never);
  }
}
