import { isJobState } from '../engine/queries/queries.ts';
import { ApiaryError, isPassing } from '../errors.ts';
import { isBulkName } from './bulk-operations.ts';
import { type HeldRun, MOST_LEFT } from './held-run.ts';
import type { Inspector } from './inspector.ts';
import type { JobOperation } from './job-operation.ts';
import { JOB_OPERATIONS } from './operations.ts';

/** How many single jobs are changed between two looks whether to go on. */
const AT_ONCE = 20;
/** What cannot be any more is tried no further. */
const UNKNOWN = 'this version knows no such operation';

/**
 * Does all of a run that is not done yet, in small steps; what was done already is found in another state, and left
 * alone. Rejects with what ends it.
 */
export async function workOnRun(inspector: Inspector, held: HeldRun): Promise<void> {
  const { operation, ids } = held.run;
  if (!isBulkName(operation)) throw new ApiaryError('JOB_INVALID', UNKNOWN);
  const work: JobOperation = JOB_OPERATIONS[operation];
  if (ids !== null) await workOnEach(inspector, held, work, ids);
  else await workOnAll(inspector, held, work);
}

async function workOnAll(inspector: Inspector, held: HeldRun, { onAll }: JobOperation): Promise<void> {
  const { queue, state, filter, by, at, dryRun, to } = held.run;
  if (!isJobState(state)) throw new ApiaryError('JOB_INVALID', UNKNOWN);
  const { progress } = held;
  // What is counted stays where it is: of those that failed at one moment some would be counted twice.
  if (dryRun) progress.passed = null;
  // In a list there is no place to go on from: what is done has left it, and the others are looked at anew.
  if (progress.passed === null) {
    const { counts } = await inspector.queue(queue);
    const done = dryRun ? 0 : progress.done;
    Object.assign(progress, { looked: done, matched: done, done, total: done + counts[state] });
  }
  // What fails again after it was retried is not to be retried once more.
  const range = { from: progress.passed, until: state === 'failed' ? at : null };
  const bulk = inspector.bulk.paced({ range, pace: (step) => held.step(step) });
  if (!dryRun) await onAll?.({ bulk }, { queue, by, state, filter, to });
  else progress.matched = await bulk.count(queue, state, filter);
}

async function workOnEach(
  inspector: Inspector,
  held: HeldRun,
  work: JobOperation,
  ids: readonly [string, string][],
): Promise<void> {
  const { by, to } = held.run;
  const { left } = held.progress;
  for (let from = Number(held.progress.passed ?? 0); from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const why = await Promise.all(
      some.map(([queue, id]) => changeOne(inspector, work, { queue, id, by, to })),
    );
    for (const one of why) if (one !== null && left.length < MOST_LEFT) left.push(one);
    const done = why.filter((one) => one === null).length;
    const passed = String(from + some.length);
    await held.step({ looked: some.length, matched: some.length, done, passed });
  }
}

/** Null where it was done, else which job was left alone and why. */
async function changeOne(
  inspector: Inspector,
  { run, done }: JobOperation,
  target: { queue: string; id: string; by: string; to: string | undefined },
): Promise<string | null> {
  try {
    const result = await run(inspector, target);
    if (result.done) return null;
    return `job ${target.id} was not ${done}: ${result.state === null ? 'it is gone' : `it is ${result.state}`}`;
  } catch (error) {
    if (!(error instanceof ApiaryError) || isPassing(error)) throw error;
    return `job ${target.id} was not ${done}: ${error.message}`;
  }
}
