import type { Clock } from '../clock.ts';
import type { Queue } from '../engine/bee/queue.ts';
import { BatchSweeper } from '../engine/links/batch-sweeper.ts';
import { pruneHistory } from '../engine/queries/history.ts';
import { takeSample } from '../engine/queries/samples.ts';
import { finishDeletions } from '../engine/repairs/deletion.ts';
import { unlockEnded } from '../engine/unique/unlocker.ts';
import { adoptFinished } from '../engine/upkeep/adopter.ts';
import { pruneFinished, type RetentionLimits } from '../engine/upkeep/pruner.ts';
import { every, type Loop } from '../loop.ts';

/** What a worker keeps in order: its queues, where finished jobs stay as `retention` says. */
export interface HousekeepingDeps {
  queues: readonly Queue[];
  retention: RetentionLimits;
  clock: Clock;
  onError: (error: unknown) => void;
}

const INTERVAL_MS = 60_000;

/** Once a minute, for each queue: takes note of how it stands, prunes what is too old, sees to what stock clients have ended or removed, and finishes deletions. */
export function keepHouse({ queues, retention, clock, onError }: HousekeepingDeps): Loop {
  const sweeper = new BatchSweeper();
  const runOnce = async (): Promise<void> => {
    for (const queue of queues) {
      await takeSample(queue);
      await adoptFinished(queue, clock.now());
      await pruneFinished(queue, retention, clock.now());
      await pruneHistory(queue, clock.now());
      await unlockEnded(queue);
      await sweeper.sweep(queue);
      await finishDeletions(queue);
    }
  };
  return every({ intervalMs: INTERVAL_MS, runOnce, clock, onError });
}
