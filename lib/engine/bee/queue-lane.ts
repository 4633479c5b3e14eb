import { hostname } from 'node:os';
import { ApiaryError } from '../../errors.ts';
import { Lane } from '../pump/lane.ts';
import type { LaneDeps } from '../pump/lane-hooks.ts';
import { processSuspects } from '../pump/suspects.ts';
import { Waiter } from '../pump/waiter.ts';
import { Session } from '../session/session.ts';
import type { Queue } from './queue.ts';
import type { QueueConnections } from './queue-connections.ts';
import { type QueueSettings, sessionOptions } from './queue-settings.ts';

/** What a worker says of a lane it opens. */
export type LaneOptions = Pick<LaneDeps, 'weight' | 'concurrency' | 'idleSince' | 'hooks' | 'wake'>;

/** `host:pid` of this process, stored with each attempt. */
const WORKER_NAME = `${hostname()}:${process.pid}`;

/** Opens a hold on a queue, by the settings it was given. */
export function openSession({ client, keys, clock, settings }: Queue, given: QueueSettings): Session {
  return new Session({ client, keys, clock }, sessionOptions(given, settings, client.isCluster));
}

/** Opens a lane over a session: with it go a wait on a connection of its own and the words of the worker. */
export function openLane(
  queue: Queue,
  session: Session,
  { connections, ...options }: LaneOptions & { connections: QueueConnections },
): Lane {
  const { name, keys, clock, client, settings } = queue;
  if (!settings.isWorker) {
    throw new ApiaryError('CONFIG_INVALID', `queue ${name} was opened with isWorker: false`);
  }
  const { client: blocking, name: connectionName } = connections.blocking;
  const waiter = new Waiter({ blocking, commands: client, keys, connectionName });
  const suspects = processSuspects;
  return new Lane({ ...options, queue: name, worker: WORKER_NAME, session, waiter, clock, suspects });
}
