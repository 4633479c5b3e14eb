import type { QueueShards } from './queue-shards.ts';
import { openRoom, type Room, type RoomDeps } from './room.ts';

/** The rooms of all shards of a queue, in their order; the first has what is kept of the queue as a whole. */
export type ShardRooms = readonly [home: Room, ...others: Room[]];

/** What opening rooms works with. */
export interface QueueRoomsDeps extends RoomDeps {
  shards: Pick<QueueShards, 'namesOf' | 'whereIs'>;
}

/**
 * Opens the rooms of queues. An inspector has no other way to one, so whatever reads a queue says here which of its
 * shards it is about: all of them, the one that has a job, or the first, for what is there alone. In all of these the
 * room is that of the queue by the name under which it was asked for.
 */
export class QueueRooms {
  readonly #deps: QueueRoomsDeps;

  constructor(deps: QueueRoomsDeps) {
    this.#deps = deps;
  }

  /** Those of all shards in which there may be jobs; one of a queue without shards. */
  async all(queue: string): Promise<ShardRooms> {
    const [, ...others] = await this.#deps.shards.namesOf(queue);
    return [this.home(queue), ...others.map((shard) => this.#open(shard, queue))];
  }

  /** Does something with each of them, all at once. */
  async each<Value>(queue: string, run: (room: Room) => Promise<Value>): Promise<[Value, ...Value[]]> {
    const [home, ...others] = await this.all(queue);
    const [first, ...rest] = await Promise.all([run(home), ...others.map(run)]);
    return [first, ...rest];
  }

  /** Reads each of them, and makes one of what came; of a queue without shards it is what was read, to the letter. */
  async over<Value>(
    queue: string,
    read: (room: Room) => Promise<Value>,
    merge: (parts: readonly Value[]) => Value,
  ): Promise<Value> {
    const parts = await this.each(queue, read);
    return parts.length === 1 ? parts[0] : merge(parts);
  }

  /** That of the shard that has a job; where none has it, of the one where its id leads. */
  async of(queue: string, id: string): Promise<Room> {
    return this.#open(await this.#deps.shards.whereIs(queue, id), queue, [id]);
  }

  /**
   * That of the first shard, for what of a queue is there alone: schedules, groups, batches, workflows, and what is
   * noted of the whole.
   */
  home(queue: string, ...ids: readonly string[]): Room {
    return this.#open(queue, queue, ids);
  }

  #open(shard: string, queue: string, ids: readonly string[] = []): Room {
    return { ...openRoom(this.#deps, shard, ids), queue };
  }
}
