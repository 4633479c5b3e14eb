import { requireOurs } from '../engine/queries/require-ours.ts';
import type { Room } from './room.ts';

/**
 * Stops all workers from taking jobs of a queue, from then on; false when it was paused already. Throws as
 * `requireOurs` does.
 */
export async function pauseQueue(room: Room, by: string, at: number): Promise<boolean> {
  await requireOurs(room);
  return room.store.pause(by, at);
}

/** Lets workers take jobs of a queue again; false when it was not paused. */
export function resumeQueue({ store }: Room): Promise<boolean> {
  return store.resume();
}
