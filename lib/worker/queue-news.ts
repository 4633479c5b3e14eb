import type { Clock } from '../clock.ts';
import { companionClient } from '../engine/connections.ts';
import { CancelListener } from '../engine/pump/cancel-listener.ts';
import type { Pump } from '../engine/pump/pump.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { dueGroups } from '../engine/upkeep/group-watch.ts';
import { Promoter } from '../engine/upkeep/promoter.ts';
import type { Reporter } from './report.ts';

/** What hearing of queues works with. */
export interface QueueNewsDeps {
  /** A connection in subscriber mode, shared by all duties of the worker. */
  subscriber: RedisClient;
  clock: Clock;
  report: Pick<Reporter, 'troubled'>;
}

/** Opens a connection in subscriber mode, made like another. */
export function openSubscriber(client: RedisClient): RedisClient {
  const subscriber = companionClient(client, 'subscriber').client;
  // Its outages are those of the other connections, which are logged.
  subscriber.on('error', () => undefined);
  return subscriber;
}

/** What moves the due jobs of a queue on, and hands over its due groups, once it is started. */
export function promotersOf(
  { name, store, keys, client }: QueueCore,
  { subscriber, clock, report }: QueueNewsDeps,
): Promoter[] {
  const onTrouble = (error: unknown): void => report.troubled(name, 'promote', error);
  const shared = { clock, subscriber, onTrouble };
  return [
    new Promoter({ ...shared, store, channel: keys.earlierDelayed }),
    new Promoter({ ...shared, store: dueGroups({ client, keys }), channel: keys.groupDue }),
  ];
}

/**
 * Tells the pump of jobs of a queue that were cancelled while they run, as long as the subscriber is open. A shard says
 * of which queue it is.
 */
export function listenForCancels(
  { name, keys }: QueueCore,
  pump: Pump,
  { subscriber, report }: QueueNewsDeps,
  shardOf = name,
): void {
  const listener = new CancelListener({
    subscriber,
    channel: keys.cancels,
    onCancel: (id, reasons) => pump.cancel(shardOf, [id], reasons),
    onTrouble: (error) => report.troubled(name, 'cancel', error),
  });
  listener.start();
}
