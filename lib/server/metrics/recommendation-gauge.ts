import type { Registry } from 'prom-client';
import { type DemandDeps, Demands } from '../demand/demand.ts';
import { recommendWorkers } from '../demand/recommendation.ts';
import { createGauge } from './gauge.ts';
import type { Seen } from './seen.ts';

/** Registers how many workers are recommended per queue; the function shows it for what was seen, or nothing. */
export function registerRecommendation(registry: Registry, deps: DemandDeps): (seen: Seen | null) => void {
  const help = 'How many workers should serve the queue.';
  const gauge = createGauge(registry, 'recommended_workers', help, 'queue');
  const demands = new Demands(deps);
  return (seen) => {
    gauge.reset();
    if (!seen) return;
    for (const load of seen.queues) {
      gauge.set({ queue: load.name }, recommendWorkers(demands.of(load, seen.workers)));
    }
  };
}
