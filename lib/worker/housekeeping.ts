import type { Clock } from '../clock.ts';
import { BatchSweeper } from '../engine/links/batch-sweeper.ts';
import { HandOverSweeper } from '../engine/links/hand-over-sweeper.ts';
import { StepSweeper } from '../engine/links/step-sweeper.ts';
import { pruneHistory } from '../engine/queries/history.ts';
import { takeSample } from '../engine/queries/samples.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import { LinePlacer } from '../engine/repairs/added-lines.ts';
import { finishDeletions } from '../engine/repairs/deletion.ts';
import { SignalSweeper } from '../engine/signals/signal-sweeper.ts';
import { unlockEnded } from '../engine/unique/unlocker.ts';
import { adoptFinished } from '../engine/upkeep/adopter.ts';
import { pruneKept } from '../engine/upkeep/kept-pruner.ts';
import { pruneFinished, type RetentionLimits } from '../engine/upkeep/pruner.ts';
import { StraySweeper } from '../engine/upkeep/stray-sweeper.ts';
import { every, type Loop } from '../loop.ts';
import { overMany } from '../over-many.ts';
import type { JobTimes } from './job-times.ts';

/** A queue, as far as keeping it in order asks of it. */
type KeptQueue = Pick<QueueCore, 'name' | 'client' | 'keys' | 'store' | 'queries'>;

/** What a worker keeps in order: its queues, where finished jobs stay as `retention` says. */
export interface HousekeepingDeps {
  queues: readonly KeptQueue[];
  retention: RetentionLimits;
  times: Pick<JobTimes, 'keep'>;
  clock: Clock;
  /**
   * Told which duty failed in which queue, while all others are done, and of jobs that were nowhere and were put back.
   */
  report: {
    troubled(queue: string, duty: string, error: unknown): void;
    strays(queue: string, ids: readonly string[]): void;
  };
}

/** What is done for a queue, by the name under which its trouble is told. */
type Duties = Readonly<Record<string, (queue: KeptQueue) => Promise<unknown>>>;

/** How often, in ms. */
export const HOUSEKEEPING_MS = 60_000;

/**
 * Once a minute, for each queue: keeps a sample of its counts and how long its jobs took, prunes what is too old, sees
 * to what stock clients have ended or removed, finishes deletions and puts back jobs that are nowhere. A duty that
 * fails in one queue, as by a key of a wrong type, holds up no other duty and no other queue. At the end what was
 * timed since is kept as well.
 */
export function keepHouse(deps: HousekeepingDeps): Loop {
  // Nothing of it rejects: whatever fails is told by its duty.
  const loop = every({
    intervalMs: HOUSEKEEPING_MS,
    runOnce: houseRound(deps),
    clock: deps.clock,
    onError: () => undefined,
  });
  return { stop: () => loop.stop().then(() => keepLastTimes(deps)) };
}

/** One such round, to be called again and again; never rejects. */
export function houseRound({
  queues,
  retention,
  times,
  clock,
  report,
}: HousekeepingDeps): () => Promise<void> {
  const duties: Duties = {
    sample: takeSample,
    'keep times': (queue) => times.keep(queue),
    adopt: (queue) => adoptFinished(queue, clock.now()),
    prune: (queue) => pruneFinished(queue, retention, clock.now()),
    'prune kept': (queue) => pruneKept(queue, clock.now()),
    'prune history': (queue) => pruneHistory(queue, clock.now()),
    unlock: unlockEnded,
    'sweep batches': sweeping(new BatchSweeper()),
    'sweep steps': sweeping(new StepSweeper()),
    'hand over': sweeping(new HandOverSweeper()),
    'sweep signals': sweeping(new SignalSweeper()),
    'finish deletions': finishDeletions,
    'place strays': placingStrays(report),
    'place lines': sweeping(new LinePlacer()),
  };
  const keep = async (queue: KeptQueue): Promise<void> => {
    const { failed } = await overMany(Object.entries(duties), ([, run]) => run(queue), { clock, atOnce: 1 });
    for (const [[duty], error] of failed) report.troubled(queue.name, duty, error);
  };
  return async () => {
    await overMany(queues, keep, { clock, atOnce: 1 });
  };
}

async function keepLastTimes({ queues, times, clock, report }: HousekeepingDeps): Promise<void> {
  const { failed } = await overMany(queues, (queue) => times.keep(queue), { clock });
  for (const [{ name }, error] of failed) report.troubled(name, 'keep times', error);
}

function placingStrays(report: HousekeepingDeps['report']): Duties[string] {
  const strays = new StraySweeper();
  return async (queue) => {
    const placed = await strays.sweep(queue);
    if (placed.length > 0) report.strays(queue.name, placed);
  };
}

function sweeping(sweeper: { sweep(queue: KeptQueue): Promise<unknown> }): Duties[string] {
  return (queue) => sweeper.sweep(queue);
}
