import { requireOurs } from '../engine/queries/require-ours.ts';
import type { Room } from './room.ts';

/** Stops all workers from taking jobs of a queue, from then on; false when it was paused already. Throws as `requireOurs` does. */
export async function pauseQueue(room: Room, by: string, at: number): Promise<boolean> {
  await requireOurs(room);
  if (await room.queries.paused()) return false;
  await room.store.pause(by, at);
  return true;
}

/** Lets workers take jobs of a queue again; false when it was not paused. */
export async function resumeQueue({ queries, store }: Room): Promise<boolean> {
  if (!(await queries.paused())) return false;
  await store.resume();
  return true;
}
