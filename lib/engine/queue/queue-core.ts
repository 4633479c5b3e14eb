import { hostname } from 'node:os';
import type { Clock } from '../../clock.ts';
import type { Keyring } from '../../keyring.ts';
import { type QueueKeys, queueKeys } from '../keys.ts';
import type { LeaseKeeper } from '../lease/lease-keeper.ts';
import { HandOverLoop } from '../links/hand-over-loop.ts';
import { Lane } from '../pump/lane.ts';
import type { LaneDeps, LaneHooks } from '../pump/lane-hooks.ts';
import { processSuspects } from '../pump/suspects.ts';
import { Waiter } from '../pump/waiter.ts';
import { Queries } from '../queries/queries.ts';
import { defineScripts, type RedisClient } from '../scripts.ts';
import { Session, type SessionOptions } from '../session/session.ts';
import { outboxOf } from '../store/outbox.ts';
import { Store } from '../store/store.ts';
import { CLOSE_LIMIT_MS, within } from '../under-way.ts';
import { wakingHandOvers } from './hand-over-hooks.ts';
import { QueueConnections } from './queue-connections.ts';

/** What a queue is opened with. */
export interface QueueCoreDeps {
  name: string;
  /** How the keys of queues begin. */
  prefix: string;
  /** For commands; waiting and listening get connections of their own, made like this one. */
  client: RedisClient;
  /** Whether the client is closed with the queue. */
  closesClient: boolean;
  clock: Clock;
  /** Told of the errors of its connections, until `close`. */
  onError: (error: unknown) => void;
  /** By what its jobs are encrypted and opened; default nothing. */
  keyring?: Keyring | null;
}

/** How jobs of a queue are held and settled. */
export interface HoldOptions extends Omit<SessionOptions, 'publish'> {
  /** Whether bee-queue's events are published. */
  publishes: boolean;
}

/** What a worker says of a lane it opens. */
export interface LaneOptions
  extends Pick<LaneDeps, 'weight' | 'concurrency' | 'version' | 'idleSince' | 'hooks' | 'wake' | 'brought'> {
  /** Keeps its lease while the event loop is blocked; default: nobody does. */
  keeper?: LeaseKeeper | null;
  /** The queue that this one is a shard of; default none. */
  shardOf?: string;
}

/** `host:pid` of this process, stored with each attempt. */
const WORKER_NAME = `${hostname()}:${process.pid}`;

/**
 * One queue in Redis, as our workers and bee-queue's class work with it: its keys, its connections, its jobs, and a
 * hold on those for who runs them. It opens a connection only when that is asked for.
 */
export class QueueCore {
  readonly name: string;
  readonly client: RedisClient;
  readonly clock: Clock;
  readonly keys: QueueKeys;
  readonly store: Store;
  readonly queries: Queries;
  readonly connections: QueueConnections;
  readonly #prefix: string;
  #isClosing = false;
  /** In a cluster, once a lane is open. */
  #handOvers: HandOverLoop | null = null;

  constructor({ name, prefix, client, closesClient, clock, onError, keyring = null }: QueueCoreDeps) {
    this.name = name;
    this.#prefix = prefix;
    this.client = client;
    this.clock = clock;
    const onOpenError = (error: unknown): void => {
      if (!this.#isClosing) onError(error);
    };
    this.connections = new QueueConnections({ client, closesClient, onError: onOpenError });
    this.keys = queueKeys(prefix, name, client.isCluster, keyring);
    defineScripts(client);
    this.store = new Store(client, this.keys);
    this.queries = new Queries(client, this.keys);
  }

  /** Opens a hold on the queue: an incarnation with a lease of its own. */
  openSession({ publishes, ...options }: HoldOptions, keeper: LeaseKeeper | null = null): Session {
    const { client, keys, clock, name: queue } = this;
    const { leaseMs } = options;
    const leases = keeper && {
      held: (incarnation: string) => keeper.held({ prefix: this.#prefix, queue, incarnation, leaseMs }),
      left: (incarnation: string) => keeper.left(incarnation),
    };
    // In Cluster a message reaches every node, but only this node's listeners are counted.
    const heard = client.isCluster ? 'always' : 'heard';
    return new Session({ client, keys, clock, leases }, { ...options, publish: publishes ? heard : 'never' });
  }

  /** Opens a lane: with its hold go a wait on a connection of its own and the words of the worker. */
  openLane(hold: HoldOptions, { keeper, shardOf, ...options }: LaneOptions): Lane {
    const { client: commands, keys, clock } = this;
    const { client: blocking, name: connectionName } = this.connections.blocking;
    const waiter = new Waiter({ blocking, commands, keys, connectionName });
    const session = this.openSession(hold, keeper);
    return new Lane({
      ...options,
      hooks: this.#handingOver(options.hooks),
      queue: shardOf ?? this.name,
      worker: WORKER_NAME,
      session,
      waiter,
      clock,
      suspects: processSuspects,
    });
  }

  #handingOver(hooks: LaneHooks): LaneHooks {
    const { name, client, keys, clock } = this;
    if (!client.isCluster) return hooks;
    const onTrouble = (error: unknown): void => hooks.troubled(name, 'hand over', error);
    this.#handOvers ??= new HandOverLoop({ client, keys, clock, onTrouble });
    this.#handOvers.start();
    return wakingHandOvers(hooks, this.#handOvers);
  }

  /** Waits for the calls under way, five seconds at most, and closes the connections. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#handOvers) await within(this.clock, CLOSE_LIMIT_MS, this.#handOvers.stop());
    await within(this.clock, CLOSE_LIMIT_MS, outboxOf(this.client).ended());
    await this.connections.close();
  }
}
