import { isJobState } from '../engine/queries/queries.ts';
import type { ShardOfRun, StoredBulkRun } from '../engine/repairs/stored-bulk-run.ts';
import { ApiaryError, isPassing } from '../errors.ts';
import { isBulkName } from './bulk-operations.ts';
import { type HeldRun, MOST_LEFT, type RunProgress } from './held-run.ts';
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

/** In the shards of a queue one after the other; one that was done to the end is not gone over again. */
async function workOnAll(inspector: Inspector, held: HeldRun, work: JobOperation): Promise<void> {
  const { progress } = held;
  // What is counted stays where it is: of those that failed at one moment some would be counted twice.
  if (held.run.dryRun) Object.assign(progress, { passed: null, shard: undefined });
  for (;;) {
    // Their number may grow meanwhile.
    const names = await inspector.shards.namesOf(held.run.queue);
    const { at } = shardOf(progress);
    await workOnShard(inspector, held, {
      work,
      name: names[at] ?? held.run.queue,
      later: names.slice(at + 1),
    });
    if (at + 1 >= names.length) return;
    const { matched, done } = progress;
    // What is taken out of a list while it is walked is not seen to have been looked at.
    const looked = progress.total - (await countOf(inspector, held.run, names.slice(at + 1)));
    const passed = { at: at + 1, looked: Math.max(0, looked), matched, done };
    Object.assign(progress, { passed: null, looked: passed.looked, shard: passed });
    await held.tell();
  }
}

/** A shard, and those that come behind it. */
interface ShardWork {
  work: JobOperation;
  name: string;
  later: readonly string[];
}

async function workOnShard(
  inspector: Inspector,
  held: HeldRun,
  { work: { onAll }, name, later }: ShardWork,
): Promise<void> {
  const { state, filter, by, at, dryRun, to } = held.run;
  if (!isJobState(state)) throw new ApiaryError('JOB_INVALID', UNKNOWN);
  const { progress } = held;
  // In a list there is no place to go on from: what is done has left it, and the others are looked at anew.
  if (progress.passed === null) {
    const before = shardOf(progress);
    const done = dryRun ? before.done : progress.done;
    const here = done - before.done;
    const [looked, matched] = [before.looked + here, before.matched + here];
    const total = looked + (await countOf(inspector, held.run, [name, ...later]));
    Object.assign(progress, { looked, matched, done, total });
  }
  // What fails again after it was retried is not to be retried once more.
  const range = { from: progress.passed, until: state === 'failed' ? at : null };
  const bulk = inspector.bulk.paced({ range, pace: (step) => held.step(step), isOneShard: true });
  const counted = dryRun ? await bulk.count(name, state, filter) : 0;
  if (dryRun) progress.matched = shardOf(progress).matched + counted;
  else await onAll?.({ bulk }, { queue: name, by, state, filter, to });
}

/** How many jobs of the state of a run are in some shards of its queue. */
async function countOf(
  inspector: Inspector,
  { queue, state }: StoredBulkRun,
  names: readonly string[],
): Promise<number> {
  const { counts, shards } = await inspector.queue(queue);
  if (!isJobState(state)) return 0;
  const each = names.map((name) => shards?.find((one) => one.name === name)?.counts ?? counts);
  return each.reduce((sum, one) => sum + one[state], 0);
}

function shardOf({ shard }: RunProgress): ShardOfRun {
  return shard ?? { at: 0, looked: 0, matched: 0, done: 0 };
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
