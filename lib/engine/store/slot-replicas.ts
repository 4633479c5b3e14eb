import { type Cluster, Command, type Redis } from 'ioredis';
import type { Clock } from '../../clock.ts';
import { ApiaryError, coerceError } from '../../errors.ts';
import { closeClient } from '../../redis/connect.ts';
import { tell, toldError } from '../tell-callers.ts';
import { type Reach, type Reached, type ReplicaLevel, Replicas, type ReplicaWatch } from './replicas.ts';

/** Where each slot was, and over which connection, before something was written. */
interface Places {
  /** The address of the primary of each slot. */
  addresses: readonly (string | undefined)[];
  /** By the address of each primary. */
  nodes: ReadonlyMap<string, { node: Redis; session: number }>;
}

/**
 * The same as {@link Replicas} in a Redis Cluster: asks each primary that was written to, over the connection of the
 * cluster's client to it, on which the write went there. Where a slot has moved meanwhile, or moves, nobody knows: a
 * write may have gone to another primary, and this one would answer for what it has not got.
 */
export class SlotReplicas implements ReplicaWatch {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #known = new WeakMap<Redis, Replicas>();
  #opening: Promise<unknown> | null = null;
  #isOpen = false;

  /** Nobody else should use the client of the cluster. */
  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Rejects with REDIS_REFUSED where a primary does not tell of its disk. */
  async requireDisk(): Promise<void> {
    await this.#open();
    await Promise.all(this.#primaries().map((node) => this.#of(node).requireDisk()));
  }

  /** To be called before the write. Rejects where the cluster cannot be reached. */
  begin(): Reach | Promise<Reach> {
    if (this.#isOpen) return this.#reachFrom(this.#places());
    return this.#open().then(() => this.#reachFrom(this.#places()));
  }

  /** Closes its connections; who still waits is told so. Harmless twice. */
  close(): Promise<void> {
    return closeClient(this.#cluster);
  }

  /** What is told of slots is there only once the cluster was connected. */
  #open(): Promise<unknown> {
    this.#opening ??= tell(this.#cluster, this.#cluster.ping()).then(
      () => {
        this.#isOpen = true;
      },
      (error) => {
        this.#opening = null;
        throw error;
      },
    );
    return this.#opening;
  }

  #primaries(): Redis[] {
    return this.#cluster.nodes('master');
  }

  #of(node: Redis): Replicas {
    const known = this.#known.get(node) ?? new Replicas(node, this.#clock);
    this.#known.set(node, known);
    return known;
  }

  #places(): Places {
    const nodes = this.#primaries().map(
      (node) => [addressOf(node), { node, session: this.#of(node).session }] as const,
    );
    // The lists of addresses are changed in place, so they are copied.
    return { addresses: this.#cluster.slots.map(([address]) => address), nodes: new Map(nodes) };
  }

  #reachFrom(before: Places): Reach {
    return async (level, keys) => {
      const bySlot = new Map(keys.map((key) => [new Command('EXISTS', [key]).getSlot(), key]));
      const asked = [...bySlot].map(([slot, key]) => this.#reachedIn(slot, key, level, before));
      const reached = await Promise.all(asked);
      const counts = reached.filter((one) => typeof one === 'number');
      return reached.find((one) => one instanceof Error) ?? Math.min(...counts);
    };
  }

  async #reachedIn(slot: number, key: string, level: ReplicaLevel, before: Places): Promise<Reached> {
    const address = before.addresses[slot];
    const place = before.nodes.get(address ?? '');
    const isSame = (): boolean =>
      this.#cluster.slots[slot]?.[0] === address && this.#primaries().some((node) => node === place?.node);
    if (!place || !isSame()) return moved();
    const { node, session } = place;
    // It refuses a key of a slot that it has no more, or that moves to where the write then went.
    const isThere = node.exists(key).then(
      () => null,
      (error: unknown) => coerceError(toldError(this.#cluster, error)),
    );
    const [refused, reached] = await Promise.all([isThere, this.#of(node).reached(level, session)]);
    return refused ?? reached;
  }
}

function addressOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

function moved(): Error {
  return new ApiaryError('REDIS_UNAVAILABLE', 'its slot has moved to another primary meanwhile');
}
