import type { Registry } from 'prom-client';
import { type DemandDeps, Demands } from './demand.ts';
import { createGauge } from './gauge.ts';
import { recommendWorkers } from './recommendation.ts';
import type { Seen } from './seen.ts';

/** Registers how many workers are recommended per queue; the function shows it for what was seen, or nothing. */
export function registerRecommendation(registry: Registry, deps: DemandDeps): (seen: Seen | null) => void {
  const help = 'How many workers should serve the queue.';
  const gauge = createGauge(registry, 'recommended_workers', help, 'queue');
  const demands = new Demands(deps);
  return (seen) => {
    gauge.reset();
    if (!seen) return;
    for (const [queue, demand] of demands.of(seen)) gauge.set({ queue }, recommendWorkers(demand));
  };
}
