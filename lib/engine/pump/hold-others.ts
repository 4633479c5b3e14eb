import type { Outcome } from '../record/settlement.ts';
import type { ActiveJob } from './active-job.ts';
import type { LaneDeps } from './lane-hooks.ts';

/**
 * Holds back what the handler of an attempt asked to hold back. It is sent before its end, so the take that goes with
 * that heeds it; whatever fails of it is told, and the end counts all the same. A job without a key holds none back.
 */
export function holdOthers(
  job: ActiveJob,
  outcome: Outcome,
  { session, hooks }: Pick<LaneDeps, 'session' | 'hooks'>,
): void {
  const held = heldBy(job, outcome);
  if (held === null) return;
  session
    .holdBack(job.id, held.key, held.forMs)
    .catch((error: unknown) => hooks.troubled(job.queue, 'hold back', error));
}

/** What an outcome holds back: a key, or '' for the queue, and for how long (ms); null for nothing. */
export function heldBy(job: ActiveJob, outcome: Outcome): { key: string; forMs: number } | null {
  const hold = 'holds' in outcome ? outcome.holds : undefined;
  if (!hold) return null;
  const { of, forMs } = hold;
  if (of === 'queue') return { key: '', forMs };
  const { key = '' } = job.record.options;
  return key === '' ? null : { key, forMs };
}
