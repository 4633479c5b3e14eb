import type { Clock } from '../clock.ts';
import { every, type Loop } from '../loop.ts';

/** What watching the memory of this process takes. */
export interface MemoryWatchOptions {
  maxMemoryMb: number;
  clock: Clock;
  /** Called at each look that finds more. */
  onOutgrown: (rssMb: number) => void;
}

const INTERVAL_MS = 1_000;
const MIB = 1_048_576;

/** Looks every second whether this process has more resident memory than it may have, in MiB. */
export function watchMemory({ maxMemoryMb, clock, onOutgrown }: MemoryWatchOptions): Loop {
  const look = async (): Promise<void> => {
    const rssMb = Math.round(process.memoryUsage.rss() / MIB);
    if (rssMb > maxMemoryMb) onOutgrown(rssMb);
  };
  return every({ intervalMs: INTERVAL_MS, runOnce: look, onError: () => undefined, clock });
}
