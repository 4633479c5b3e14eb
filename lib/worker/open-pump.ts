import type { Clock } from '../clock.ts';
import type { LeaseKeeper } from '../engine/lease/lease-keeper.ts';
import type { LaneHooks } from '../engine/pump/lane-hooks.ts';
import { Pump, type PumpDeps } from '../engine/pump/pump.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import { LEASE_MS, LOSS_LIMIT, ORPHAN_INTERVAL_MS } from '../engine/queue/worker-defaults.ts';
import type { RetentionLimits } from '../engine/upkeep/pruner.ts';
import type { Reporter } from './report.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What the pump of a worker is made of. */
export interface OpenPumpDeps {
  options: WorkerOptions;
  retention: RetentionLimits;
  /** Keeps its leases while the event loop is blocked; null where nobody does. */
  keeper: LeaseKeeper | null;
  clock: Clock;
  report: Reporter;
  /** Told of the jobs and duties of its lanes. */
  hooks: LaneHooks;
  run: PumpDeps['run'];
}

/** Makes the pump of a worker, with a lane for each of its queues, in their order. */
export function openPump(queues: readonly QueueCore[], deps: OpenPumpDeps): Pump {
  const { options, retention, keeper, clock, report, hooks, run } = deps;
  const { concurrency, strictPriority: strict, appVersion: version } = options;
  const { keepSucceeded, keepFailed } = retention;
  const hold = { leaseMs: LEASE_MS, keepSucceeded, keepFailed, publishes: true };
  const ofPump = {
    wake: (): void => pump.wake(),
    idleSince: () => pump.idleSince,
    brought: (...come: Parameters<Pump['brought']>) => pump.brought(...come),
  };
  const lanes = queues.map((queue, at) => {
    const weight = options.queues[at]?.weight ?? 1;
    return queue.openLane(hold, { weight, concurrency, version, hooks, keeper, ...ofPump });
  });
  const limits = { leaseMs: LEASE_MS, lossLimit: LOSS_LIMIT, orphanIntervalMs: ORPHAN_INTERVAL_MS };
  const pump = new Pump(
    {
      ...{ lanes, clock, run },
      onTrouble: (duty, error) => report.troubled(null, duty, error),
      onBlocked: (blocked) => report.blocked(blocked, keeper?.blockerWithin(blocked.blockedMs)),
    },
    { concurrency, strict, ...limits },
  );
  return pump;
}
