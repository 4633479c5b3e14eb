import { ApiaryError } from '../errors.ts';
import type { Inspector, JobInfo } from '../inspector/inspector.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { maybe, one } from './values.ts';

/** The words by which a job is named: its queue and its id, or its id alone where one queue only has it. */
export const JOB_WORDS = {
  queueOrId: one('the queue of the job; or its id, where one queue only has it'),
  id: maybe('the id of the job'),
} as const;

/** What was given for them. */
export interface JobWords {
  queueOrId: string;
  id: string | undefined;
}

/** Reads the job that the words name. Throws what ends the command where there is none, or more than one. */
export async function jobOfWords(inspector: Inspector, { queueOrId, id }: JobWords): Promise<JobInfo> {
  if (id === undefined) return jobOfId(inspector, queueOrId);
  const job = await inspector.job(queueOrId, id);
  if (job !== null) return job;
  await requireQueue(inspector, queueOrId);
  throw new ApiaryError('JOB_NOT_FOUND', `queue ${queueOrId} has no job ${id}`);
}

async function jobOfId(inspector: Inspector, id: string): Promise<JobInfo> {
  const [job, ...others] = await inspector.find(id);
  if (job === undefined) throw new ApiaryError('JOB_NOT_FOUND', `no queue has a job ${id}`);
  if (others.length === 0) return job;
  const queues = [job, ...others].map(({ queue }) => queue).join(', ');
  throw new CommandFailure(
    EXIT.wrongUse,
    `the queues ${queues} have a job ${id}: name the one that you mean`,
  );
}
