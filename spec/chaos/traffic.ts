import { systemClock } from '../../lib/clock.ts';
import type { Crew } from '../support/crew.ts';

/** Jobs that are added bit by bit while something else goes on. */
export interface Traffic {
  /** Stops adding; resolves with every id that was acknowledged. */
  end(): Promise<string[]>;
}

const BATCH = 5;
/** Fewer than the workers keep of the succeeded, so that each end can be counted. */
const MOST_JOBS = 900;

/** Adds a few jobs of `forMs` every `everyMs`, also through outages, up to 900. */
export function startTraffic(crew: Crew, { everyMs, forMs }: { everyMs: number; forMs: number }): Traffic {
  const ids: string[] = [];
  const ending = new AbortController();
  const add = async (): Promise<void> => {
    while (!ending.signal.aborted && ids.length < MOST_JOBS) {
      // What Redis refuses, being full, was not acknowledged.
      ids.push(...(await crew.add(BATCH, forMs).catch(() => [])));
      await systemClock.sleep(everyMs, ending.signal);
    }
  };
  const adding = add();
  return {
    end: async () => {
      ending.abort();
      await adding;
      return ids;
    },
  };
}
