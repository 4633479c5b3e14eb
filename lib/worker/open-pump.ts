import type { Clock } from '../clock.ts';
import type { LeaseKeeper } from '../engine/lease/lease-keeper.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { Lane } from '../engine/pump/lane.ts';
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

/** The pump of a worker, and what opens further lanes for it. */
export interface OpenedPump {
  pump: Pump;
  /** Those of the beginning, one for each queue. */
  lanes: readonly Lane[];
  /** Opens a lane on a queue, which is a shard of another where that is given. */
  openLane: (queue: QueueCore, as: { weight: number; shardOf?: string }) => Lane;
}

/** Makes the pump of a worker, with a lane for each of its queues, in their order. */
export function openPump(queues: readonly QueueCore[], deps: OpenPumpDeps): OpenedPump {
  const { options, retention, keeper, clock, report, hooks, run } = deps;
  const { concurrency, strictPriority: strict, appVersion: version } = options;
  const { keepSucceeded, keepFailed } = retention;
  const hold = { leaseMs: LEASE_MS, keepSucceeded, keepFailed, publishes: true };
  const ofPump = { wake: (): void => pump.wake(), idleSince: () => pump.idleSince };
  const openLane: OpenedPump['openLane'] = (queue, as) => {
    const brought = (jobs: readonly ActiveJob[]): Promise<void> => pump.brought(lane, jobs);
    const own = { concurrency, version, hooks, keeper, brought, ...ofPump };
    const lane = queue.openLane(hold, { ...as, ...own });
    return lane;
  };
  const lanes = queues.map((queue, at) => openLane(queue, { weight: options.queues[at]?.weight ?? 1 }));
  const limits = { leaseMs: LEASE_MS, lossLimit: LOSS_LIMIT, orphanIntervalMs: ORPHAN_INTERVAL_MS };
  const pump = new Pump(
    {
      ...{ lanes, clock, run },
      onTrouble: (duty, error) => report.troubled(null, duty, error),
      onBlocked: (blocked) => report.blocked(blocked, keeper?.blockerWithin(blocked.blockedMs)),
    },
    { concurrency, strict, ...limits },
  );
  return { pump, lanes, openLane };
}
