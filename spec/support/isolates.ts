import { z } from 'zod';
import type { StoredJob } from '../../lib/engine/record/stored-job.ts';
import { type BoundHandler, defineJob, handle, type IsolatedHandlerOptions } from '../../lib/jobs/define.ts';
import type { IsolatedData } from './handlers/isolated.ts';
import { moduleUrl } from './program.ts';
import { until } from './wait.ts';
import type { SpecWorkers } from './worker.ts';

/** The two ways of isolation. */
export const KINDS = ['thread', 'process'] as const;

/** The handler of specs for jobs of the type `job` in the queue of the spec, isolated. */
export function isolatedHandler(
  { queue }: Pick<SpecWorkers, 'queue'>,
  options: IsolatedHandlerOptions,
  file = moduleUrl('spec/support/handlers/isolated.ts'),
): BoundHandler {
  return handle(defineJob({ type: 'job', queue, schema: z.any() }), new URL(file), options);
}

/** Adds a job that does this; resolves with its id. */
export async function addDeed(
  { producer, queue }: Pick<SpecWorkers, 'queue' | 'producer'>,
  data: IsolatedData,
  options: object = { retries: 0 },
): Promise<string> {
  return (await producer.addRaw({ type: 'job', queue, data, options })).id;
}

/** Waits for the end of a job, and reads it. */
export async function ended(workers: SpecWorkers, id: string): Promise<StoredJob> {
  const look = () => workers.queries().job(id);
  const hasEnded = async (): Promise<boolean> => {
    const state = (await look())?.state;
    return state === 'succeeded' || state === 'failed';
  };
  await until(hasEnded, `job ${id} has ended`);
  // Its record may have been read before that end, and its state after it.
  const job = await look();
  if (job === null) throw new Error('there is no such job');
  return job;
}
