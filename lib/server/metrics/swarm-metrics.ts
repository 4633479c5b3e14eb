import { Counter, type Registry } from 'prom-client';
import { createGauge, show } from './gauge.ts';
import { MergedMetrics, type OwnMetrics } from './merged-metrics.ts';

/** Worker processes of which this one is the parent, as far as they are told of. */
export interface SeenSwarm {
  /** How many there are to be. */
  readonly wanted: number;
  /** How many run jobs. */
  readonly ready: number;
  /** What those that live tell of themselves, as far as they do in time. */
  metrics(): Promise<readonly OwnMetrics[]>;
}

/** What is told of the worker processes of a parent. */
export interface SwarmMetrics {
  /** Says which they are. */
  watch(swarm: SeenSwarm): void;
  /** Keeps in the sums what a process that has ended told last. */
  ended(last: OwnMetrics): void;
  /** Counts that one died, and how. */
  died(why: string): void;
  /** What all processes tell of themselves, as one; null where this one is no parent. */
  merged(own: () => Promise<OwnMetrics>): Promise<Registry | null>;
}

/** Registers what is told of the worker processes of this one; nothing where there are none. */
export function registerSwarm(registry: Registry): SwarmMetrics {
  const wanted = createGauge(registry, 'worker_processes_wanted', 'Worker processes that there are to be.');
  const ready = createGauge(registry, 'worker_processes', 'Worker processes that run jobs.');
  const deaths = new Counter({
    name: 'apiary_worker_process_deaths_total',
    help: 'How often a worker process died: at its start, by a signal or by an exit.',
    labelNames: ['why'],
    registers: [registry],
  });
  const merged = new MergedMetrics();
  let seen: SeenSwarm | null = null;
  return {
    watch: (swarm) => {
      seen = swarm;
      for (const why of ['start', 'signal', 'exit']) deaths.inc({ why }, 0);
    },
    ended: (last) => merged.keep(last),
    died: (why) => deaths.inc({ why }),
    merged: async (own) => {
      if (!seen) return null;
      show(wanted, seen.wanted);
      show(ready, seen.ready);
      const living = await seen.metrics();
      return merged.of(await own(), living);
    },
  };
}
