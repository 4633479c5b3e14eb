import type { ActiveJob } from '../engine/pump/active-job.ts';
import { ApiaryError } from '../errors.ts';
import { checkInput } from '../jobs/check-data.ts';
import type { JobDefinition } from '../jobs/define.ts';
import { writeData } from '../jobs/given-data.ts';
import { attemptEnded, claimLost } from './lost-claim.ts';

/** How data are checked that a handler gives its own job. */
export interface UpdateRules {
  definition: JobDefinition<unknown, unknown>;
  /** How long they may be, as JSON in bytes; default a mebibyte. */
  mostBytes: number | undefined;
  /** Whether the attempt has ended meanwhile. */
  hasEnded: () => boolean;
}

/**
 * Replaces the data of a running job, checked as those of one that is added. Rejects with JOB_INVALID or DATA_TOO_LARGE
 * for data that cannot be, and for a job that carries those of a group; with JOB_LOST when the attempt has ended or its
 * claim is gone.
 */
export async function updateData(job: ActiveJob, data: unknown, rules: UpdateRules): Promise<void> {
  if (job.record.options.group?.size !== undefined) {
    const message = `updateData: job ${job.id} carries jobs of a group, whose data are their own`;
    throw new ApiaryError('JOB_INVALID', message);
  }
  const { json, value } = writeData(job.type, data, rules.mostBytes);
  const checking = checkInput(rules.definition, value);
  if (checking) await checking;
  if (rules.hasEnded()) throw attemptEnded(job.id);
  if (!(await job.replaceData(json.text))) throw claimLost(job.id);
}
