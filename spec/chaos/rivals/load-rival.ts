import type { RivalName } from '../engines.ts';
import type { RivalEngine } from './rival.ts';

const LOADS: Record<RivalName, () => Promise<RivalEngine>> = {
  'bee-queue': async () => (await import('./bee-queue.ts')).beeQueue,
  bullmq: async () => (await import('./bullmq.ts')).bullMq,
};

/** Loads one of the other engines, and no other into the same process. */
export function loadRival(name: RivalName): Promise<RivalEngine> {
  return LOADS[name]();
}
