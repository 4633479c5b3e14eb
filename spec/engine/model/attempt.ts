import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../lib/clock.ts';
import { type JobStart, type NewJob, newJob, recordEnding } from '../../../lib/engine/record/new-job.ts';
import { type Outcome, type SettlementArgs, settlementArgs } from '../../../lib/engine/record/settlement.ts';
import type { Store } from '../../../lib/engine/store/store.ts';
import type { UniqueSaved } from '../../../lib/engine/unique/unique.ts';
import type { Command, Ending, Start } from './command.ts';
import type { ModelEnding } from './queue-model.ts';
import type { Hand } from './real-queue.ts';

/** How many retries each job is made with. */
export const RETRIES = 2;
/** Longer than any spec runs. */
export const HOUR_MS = 3_600_000;
const FAILURE = new Error('out of luck');

const OUTCOMES: Record<Ending, Outcome> = {
  succeeded: { kind: 'succeeded', result: 7, resultJson: '7' },
  retryNow: { kind: 'retry', delayMs: 0, error: FAILURE },
  retryLater: { kind: 'retry', delayMs: HOUR_MS, error: FAILURE },
  failed: { kind: 'failed', error: FAILURE, as: 'failed' },
  snoozed: { kind: 'snoozed', delayMs: HOUR_MS },
  interrupted: { kind: 'interrupted' },
};

/** An ended attempt, as the script is told of it and as the model is. */
export interface EndedAttempt {
  args: SettlementArgs;
  model: ModelEnding;
}

/** Ends the attempts that a worker has had longest, one for each ending. */
export function endAttempts(hand: Hand, endings: readonly Ending[]): EndedAttempt[] {
  const held = [...hand.held.values()];
  return endings.flatMap((ending, index) => {
    const job = held[index];
    if (!job) return [];
    const attempt = { ...job, attempt: 1, startedAt: 1 };
    // By a worker of its own, so that no two attempts write the same record.
    const args = settlementArgs(attempt, OUTCOMES[ending], { durationMs: 1, worker: `host:${randomUUID()}` });
    if (job.claimName !== undefined) args[6] = job.claimName;
    const retries = job.record.options.retries ?? 0;
    const { id, claimName } = job;
    return [{ args, model: { id, claimName, ending, retries, record: args[2] } }];
  });
}

/** A job to be stored, told from every other by the number in its data. */
export function modelJob(id: string, start: Start, n: number): NewJob {
  const ending = recordEnding({ timestamp: n, retries: RETRIES });
  return newJob(systemClock, { id, data: { n }, ending, start: toStart(start, n) });
}

/** Stores such a job under a unique key. */
export function addUnique(
  store: Store,
  { job, key, start, replaces }: Extract<Command, { do: 'addUnique' }>,
  n: number,
): Promise<UniqueSaved> {
  const unique = { key: `key-${key}` };
  const ending = recordEnding({ timestamp: n, retries: RETRIES, unique });
  const written = newJob(systemClock, { id: `job-${job}`, data: { n }, ending, start: toStart(start, n) });
  const onConflict = replaces ? 'replace' : 'return';
  return store.saveUnique(written, { ...unique, ttlMs: null, release: 'end', onConflict });
}

function toStart(start: Start, n: number): JobStart {
  if (start === 'now') return null;
  return start === 'due' ? { at: n } : { inMs: HOUR_MS };
}
