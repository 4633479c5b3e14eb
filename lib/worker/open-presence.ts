import type { Clock } from '../clock.ts';
import type { Pump } from '../engine/pump/pump.ts';
import { lanesWord } from '../engine/queries/kept-lanes.ts';
import type { WorkerStatus } from '../engine/queries/presence.ts';
import { listenForOrders } from '../engine/queries/worker-order.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { DeafHandlers } from './deaf-handlers.ts';
import { handledTypes } from './handled-types.ts';
import { Presence } from './presence.ts';
import type { RecentAttempts } from './recent-attempts.ts';
import type { WorkerDeps, WorkerOptions } from './worker-options.ts';

/** What the presence of a worker is made of. */
export interface OpenPresenceDeps extends Pick<WorkerDeps, 'client' | 'handlers'> {
  options: WorkerOptions;
  clock: Clock;
  pump: Pump;
  deaf: DeafHandlers;
  status: () => WorkerStatus;
  graceMs: number;
  recent: RecentAttempts;
  /** A connection in subscriber mode. */
  subscriber: RedisClient;
  onTrouble: (error: unknown) => void;
}

/** Makes the presence of a worker, which also hears what others want of it. */
export function openPresence(deps: OpenPresenceDeps): Presence {
  const { client, handlers, options, clock, pump, deaf, status, graceMs, subscriber, onTrouble } = deps;
  const { recent } = deps;
  const { queues, strictPriority: strict, prefix, place, appVersion } = options;
  const presence = new Presence({
    ...{ client, prefix, clock, graceMs, recent, onTrouble },
    fixed: {
      ...{ queues: queues.map((queue) => ({ ...queue })), strict },
      ...(place && { swarm: place }),
      ...(appVersion !== undefined && { appVersion }),
    },
    handled: handledTypes(handlers),
    changing: () => ({
      status: status(),
      concurrency: pump.pace.concurrency,
      jobs: pump.runningJobs,
      deaf: deaf.jobs,
    }),
    obey: (change) => pump.pace.change(change),
  });
  const onOrder = (word: string): void => {
    if (word === presence.id) presence.tell();
    if (word === lanesWord(presence.id)) presence.tellLanes();
  };
  listenForOrders({ subscriber, prefix, onOrder, onTrouble });
  return presence;
}
