import type { Clock } from '../../clock.ts';
import { every, type Loop } from '../../loop.ts';
import type { Lane } from './lane.ts';
import type { PumpOptions } from './pump-options.ts';

/** What the duties of a pump work with. */
export interface PumpDutiesDeps {
  lanes: readonly Pick<Lane, 'beat' | 'recover'>[];
  clock: Clock;
  /** Told when one failed; it goes on. */
  onTrouble: (duty: string, error: unknown) => void;
}

const RECOVER_INTERVAL_MS = 1_000;

/** Begins what a pump does beside its jobs: for each lane a beat, and a look for the jobs of dead workers. */
export function beginDuties(
  { lanes, clock, onTrouble }: PumpDutiesDeps,
  { leaseMs, lossLimit, orphanIntervalMs }: PumpOptions,
): Loop[] {
  const duty = (name: string, intervalMs: number, runOnce: () => Promise<void>): Loop =>
    every({ intervalMs, runOnce, clock, onError: (error) => onTrouble(name, error) });
  // Within each interval of a stock worker's look for stalled jobs a beat has to say that ours are not.
  const beatMs = Math.min(leaseMs, orphanIntervalMs) / 3;
  return lanes.flatMap((lane) => [
    duty('beat', beatMs, () => lane.beat()),
    duty('recover', RECOVER_INTERVAL_MS, () => lane.recover({ lossLimit, orphanIntervalMs })),
  ]);
}
