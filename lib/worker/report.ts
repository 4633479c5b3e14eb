import type { LaneHooks } from '../engine/lane.ts';
import type { Outcome } from '../engine/settlement.ts';
import { coerceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { factsOf } from './context.ts';
import type { JobFacts, WorkerEmitter } from './events.ts';

/** Turns what a lane tells into events and one log record each. */
export function reporter(events: WorkerEmitter, log: Logger): LaneHooks {
  return {
    settled: (job, outcome, durationMs) =>
      reportSettled(events, log, { job: factsOf(job), outcome, durationMs }),
    fenced: (job) => {
      log.warn('job ended after its claim was gone; its end changed nothing', { ...factsOf(job) });
      events.tell('job:fenced', factsOf(job));
    },
    recovered: (queue, { returned, orphans }) => {
      reportRecovered(events, log, { queue, ids: returned, reason: 'lost' });
      reportRecovered(events, log, { queue, ids: orphans, reason: 'orphaned' });
    },
    troubled: (queue, duty, error) => {
      log.warn('Redis failed a duty of the worker; trying again', { queue, duty, err: coerceError(error) });
    },
  };
}

function reportSettled(
  events: WorkerEmitter,
  log: Logger,
  { job, outcome, durationMs }: { job: JobFacts; outcome: Outcome; durationMs: number },
): void {
  switch (outcome.kind) {
    case 'succeeded':
      log.debug('job succeeded', { ...job, durationMs });
      events.tell('job:succeeded', { ...job, durationMs });
      break;
    case 'retry': {
      const { error, delayMs } = outcome;
      log.warn('job failed and will be retried', { ...job, durationMs, delayMs, err: error });
      events.tell('job:retried', { ...job, durationMs, delayMs, error });
      break;
    }
    case 'failed': {
      const { error, as } = outcome;
      log.error('job failed for good', { ...job, durationMs, outcome: as, err: error });
      events.tell('job:failed', { ...job, durationMs, error, as });
      break;
    }
    case 'snoozed':
      log.debug('job asked to be run later', { ...job, delayMs: outcome.delayMs });
      events.tell('job:snoozed', { ...job, delayMs: outcome.delayMs });
      break;
    case 'interrupted':
      log.info('job was interrupted by the shutdown and went back', { ...job });
      events.tell('job:interrupted', job);
  }
}

function reportRecovered(
  events: WorkerEmitter,
  log: Logger,
  facts: { queue: string; ids: readonly string[]; reason: 'lost' | 'orphaned' },
): void {
  if (facts.ids.length === 0) return;
  const { queue, ids, reason } = facts;
  log.warn('jobs nobody worked on any more went back to waiting', { queue, reason, count: ids.length });
  events.tell('jobs:recovered', facts);
}
