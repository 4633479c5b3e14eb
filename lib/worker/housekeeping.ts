import type { Clock } from '../clock.ts';
import { BatchSweeper } from '../engine/links/batch-sweeper.ts';
import { pruneHistory } from '../engine/queries/history.ts';
import { takeSample } from '../engine/queries/samples.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import { finishDeletions } from '../engine/repairs/deletion.ts';
import { unlockEnded } from '../engine/unique/unlocker.ts';
import { adoptFinished } from '../engine/upkeep/adopter.ts';
import { pruneFinished, type RetentionLimits } from '../engine/upkeep/pruner.ts';
import { StraySweeper } from '../engine/upkeep/stray-sweeper.ts';
import { every, type Loop } from '../loop.ts';
import { overMany } from '../over-many.ts';

/** A queue, as far as keeping it in order asks of it. */
type KeptQueue = Pick<QueueCore, 'name' | 'client' | 'keys' | 'store' | 'queries'>;

/** What a worker keeps in order: its queues, where finished jobs stay as `retention` says. */
export interface HousekeepingDeps {
  queues: readonly KeptQueue[];
  retention: RetentionLimits;
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
 * Once a minute, for each queue: keeps a sample of its counts, prunes what is too old, sees to what stock clients have
 * ended or removed, finishes deletions and puts back jobs that are nowhere. A duty that fails in one queue, as by a key
 * of a wrong type, holds up no other duty and no other queue.
 */
export function keepHouse(deps: HousekeepingDeps): Loop {
  // Nothing of it rejects: whatever fails is told by its duty.
  return every({
    intervalMs: HOUSEKEEPING_MS,
    runOnce: houseRound(deps),
    clock: deps.clock,
    onError: () => undefined,
  });
}

/** One such round, to be called again and again; never rejects. */
export function houseRound({ queues, retention, clock, report }: HousekeepingDeps): () => Promise<void> {
  const sweeper = new BatchSweeper();
  const strays = new StraySweeper();
  const placeStrays = async (queue: KeptQueue): Promise<void> => {
    const placed = await strays.sweep(queue);
    if (placed.length > 0) report.strays(queue.name, placed);
  };
  const duties: Duties = {
    sample: takeSample,
    adopt: (queue) => adoptFinished(queue, clock.now()),
    prune: (queue) => pruneFinished(queue, retention, clock.now()),
    'prune history': (queue) => pruneHistory(queue, clock.now()),
    unlock: unlockEnded,
    'sweep batches': (queue) => sweeper.sweep(queue),
    'finish deletions': finishDeletions,
    'place strays': placeStrays,
  };
  const keep = async (queue: KeptQueue): Promise<void> => {
    const { failed } = await overMany(Object.entries(duties), ([, run]) => run(queue), { clock, atOnce: 1 });
    for (const [[duty], error] of failed) report.troubled(queue.name, duty, error);
  };
  return async () => {
    await overMany(queues, keep, { clock, atOnce: 1 });
  };
}
