import { type ReencryptStep, reencryptStep } from '../engine/repairs/reencrypt.ts';
import { requireNamed } from '../require-given.ts';
import { type ForgetStep, type ForgetStepOrder, forgetInQueue, requireForgetStep } from './forget.ts';
import type { QueueRooms } from './queue-rooms.ts';
import type { Room } from './room.ts';
import { readShardCursor, shardAt, shardCursorBehind } from './shard-cursor.ts';

export type { ReencryptStep } from '../engine/repairs/reencrypt.ts';

/** Looks after what is private of jobs; `inspector.privacy`. */
export class PrivacyInspector {
  readonly #rooms: Pick<QueueRooms, 'all'>;
  readonly #prefix: string;

  constructor(rooms: Pick<QueueRooms, 'all'>, prefix: string) {
    this.#rooms = rooms;
    this.#prefix = prefix;
  }

  /**
   * Encrypts some of what a queue keeps anew, by the first of the keys that this inspector was given: jobs in any
   * state, schedules, batches, workflows. What is so already stays. Go on with its cursor until that is null; a walk
   * that was broken off may begin anew. Workers go on meanwhile: what changes at that moment counts as `missed`, and
   * another walk finds it. Throws ENCRYPTION_KEY_MISSING without keys, JOB_INVALID for a cursor that cannot be.
   */
  async reencrypt(queue: string, options: { cursor?: string | null } = {}): Promise<ReencryptStep> {
    const { cursor = null } = requireNamed('privacy.reencrypt', ['cursor'], options);
    return this.#step(queue, cursor, reencryptStep);
  }

  /**
   * Removes some of what a queue keeps of a person: their jobs in any state, and what others have of them; see
   * `inspector.forget`. Go on with its cursor until that is null; a walk that was broken off may begin anew. Throws
   * JOB_INVALID for an order or a cursor that cannot be.
   */
  async forget(queue: string, order: ForgetStepOrder): Promise<ForgetStep> {
    const prefix = this.#prefix;
    requireForgetStep(order);
    return this.#step(queue, order.cursor ?? null, (room, cursor) =>
      forgetInQueue({ ...room, prefix }, { ...order, cursor }),
    );
  }

  /** Takes a step in the shard that the cursor names; behind the end of one comes the next. */
  async #step<Step extends { cursor: string | null }>(
    queue: string,
    cursor: string | null,
    take: (room: Room, cursor: string | null) => Promise<Step>,
  ): Promise<Step> {
    const rooms = await this.#rooms.all(queue);
    const place = readShardCursor(cursor);
    const step = await take(shardAt(rooms, place), place.at);
    return { ...step, cursor: shardCursorBehind({ ...place, at: step.cursor }, rooms.length) };
  }
}
