import { coerceError } from '../../errors.ts';
import { openRecord } from '../record/private.ts';
import { parseRecord } from '../record/record.ts';
import {
  type EndFacts,
  messageJson,
  type Outcome,
  type SettlementArgs,
  settlementArgs,
} from '../record/settlement.ts';
import type { ActiveJob } from './active-job.ts';
import type { EndedAttempt } from './held-jobs.ts';

/**
 * Writes out how an attempt ended, for `settle.lua`. That breaks where somebody has put what cannot
 * be JSON into the options of the job. Then the job fails by that error, and its record is written from what was
 * stored. Never throws.
 */
export function endedAttempt(job: ActiveJob, outcome: Outcome, facts: EndFacts): EndedAttempt {
  const ended = writtenOut(job, outcome, facts);
  if (job.claimName !== undefined) ended.args[6] = job.claimName;
  return ended;
}

function writtenOut(job: ActiveJob, outcome: Outcome, facts: EndFacts): EndedAttempt {
  const { durationMs } = facts;
  try {
    return { job, outcome, durationMs, args: settlementArgs(job, outcome, facts) };
  } catch (thrown) {
    const failed: Failed = { kind: 'failed', error: coerceError(thrown), as: 'failed' };
    return { job, outcome: failed, durationMs, args: failedArgs(job, failed, facts) };
  }
}

type Failed = Extract<Outcome, { kind: 'failed' }>;

function failedArgs(job: ActiveJob, failed: Failed, facts: EndFacts): SettlementArgs {
  const { id, attempt, startedAt, storedText: text, seal } = job;
  try {
    const record = text === null ? null : parseRecord(text);
    if (record && seal) openRecord(seal, record);
    const read = record && { id, record, text, opening: null, attempt, startedAt, seal };
    if (read) return settlementArgs(read, failed, facts);
  } catch {
    // What is stored cannot be written again, being nested too deep: it stays.
  }
  return [id, 'F', '', messageJson(failed.error, seal)];
}
