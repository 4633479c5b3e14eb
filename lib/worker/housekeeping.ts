import type { Clock } from '../clock.ts';
import type { Queue } from '../engine/bee/queue.ts';
import { BatchSweeper } from '../engine/links/batch-sweeper.ts';
import { pruneHistory } from '../engine/queries/history.ts';
import { takeSample } from '../engine/queries/samples.ts';
import { unlockEnded } from '../engine/unique/unlocker.ts';
import { adoptFinished } from '../engine/upkeep/adopter.ts';
import { pruneFinished, type RetentionAges } from '../engine/upkeep/pruner.ts';
import { StraySweeper } from '../engine/upkeep/stray-sweeper.ts';
import { every, type Loop } from '../loop.ts';

/** What a worker keeps in order: its queues, where finished jobs stay as long as `ages` says. */
export interface HousekeepingDeps {
  queues: readonly Queue[];
  ages: RetentionAges;
  clock: Clock;
  onError: (error: unknown) => void;
  /** Told of jobs that were nowhere and were put back. */
  onStrays: (queue: string, ids: readonly string[]) => void;
}

const INTERVAL_MS = 60_000;

/** Once a minute, for each queue: takes note of how it stands, prunes what is too old, and sees to what stock clients have ended or removed, and to jobs that are nowhere. */
export function keepHouse({ queues, ages, clock, onError, onStrays }: HousekeepingDeps): Loop {
  const sweeper = new BatchSweeper();
  const strays = new StraySweeper();
  const runOnce = async (): Promise<void> => {
    for (const queue of queues) {
      await takeSample(queue);
      await adoptFinished(queue, clock.now());
      await pruneFinished(queue, ages, clock.now());
      await pruneHistory(queue, clock.now());
      await unlockEnded(queue);
      await sweeper.sweep(queue);
      const placed = await strays.sweep(queue);
      if (placed.length > 0) onStrays(queue.name, placed);
    }
  };
  return every({ intervalMs: INTERVAL_MS, runOnce, clock, onError });
}
