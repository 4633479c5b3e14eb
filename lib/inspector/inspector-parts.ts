import type { Clock } from '../clock.ts';
import { Batches } from '../engine/links/batches.ts';
import { Schedules } from '../engine/schedules/schedules.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { tellCallers } from '../engine/tell-callers.ts';
import type { Keyring } from '../keyring.ts';
import { Alerts } from './alerts.ts';
import { Audit } from './audit.ts';
import { BulkInspector } from './bulk.ts';
import { BulkRuns } from './bulk-runs.ts';
import type { QueueCensus } from './census.ts';
import { type InspectorEvents, inspectorEvents } from './events.ts';
import { FailureInspector } from './failures.ts';
import { GroupInspector } from './group-inspector.ts';
import { PrivacyInspector } from './privacy.ts';
import { QueueLimitsInspector } from './queue-limits.ts';
import type { QueueRooms } from './queue-rooms.ts';
import type { QueueShards } from './queue-shards.ts';
import type { Room } from './room.ts';

import { SavedSearches } from './saved-searches.ts';
import { UniqueKeyInspector } from './unique-keys.ts';
import { WorkerLanesInspector } from './worker-lanes.ts';
import { WorkerPace } from './worker-pace.ts';
import { Workflows } from './workflows.ts';

/** What an inspector looks at and changes beside jobs and queues. */
export interface InspectorParts {
  schedules: Schedules;
  events: InspectorEvents;
  limits: QueueLimitsInspector;
  groups: GroupInspector;
  batches: Batches;
  workflows: Workflows;
  audit: Audit;
  alerts: Alerts;
  failures: FailureInspector;
  uniqueKeys: UniqueKeyInspector;
  bulk: BulkInspector;
  shards: QueueShards;
  bulkRuns: BulkRuns;
  savedSearches: SavedSearches;
  workerPace: WorkerPace;
  workerLanes: WorkerLanesInspector;
  privacy: PrivacyInspector;
}

/** What those are made of. */
export interface PartsDeps {
  client: RedisClient;
  prefix: string;
  clock: Clock;
  /** By what encrypted jobs are opened; null for nothing. */
  keyring: Keyring | null;
  rooms: QueueRooms;
  census: Pick<QueueCensus, 'names'>;
  shards: QueueShards;
}

/** Makes them; what they throw is told as callers are to hear it. */
export function openParts({
  client,
  prefix,
  clock,
  keyring,
  rooms,
  census,
  shards,
}: PartsDeps): InspectorParts {
  const queueNames = (): Promise<readonly string[]> => census.names();
  // These name shards themselves.
  const room = (name: string): Room => rooms.home(name);
  const told = <Part extends object>(part: Part): Part => tellCallers(client, part);
  return {
    schedules: told(new Schedules({ client, prefix, clock, keyring })),
    events: inspectorEvents({ client, prefix, clock, keyring, queueNames, rooms, shards }),
    limits: told(new QueueLimitsInspector({ rooms, clock, shards: { prefix, of: shards } })),
    groups: told(new GroupInspector((queue) => rooms.home(queue))),
    batches: told(new Batches({ client, prefix })),
    workflows: told(new Workflows({ client, prefix, clock, queueNames })),
    audit: told(new Audit({ client, prefix })),
    alerts: told(new Alerts({ client, prefix, rooms })),
    failures: told(new FailureInspector({ rooms, clock })),
    uniqueKeys: told(new UniqueKeyInspector(rooms)),
    shards: told(shards),
    bulk: told(new BulkInspector({ client, room, shards, clock })),
    bulkRuns: told(new BulkRuns({ client, prefix, room, shards })),
    savedSearches: told(new SavedSearches({ client, prefix, clock })),
    workerPace: told(new WorkerPace({ client, prefix, clock })),
    workerLanes: told(new WorkerLanesInspector({ client, prefix, clock })),
    privacy: told(new PrivacyInspector(rooms, prefix)),
  };
}
