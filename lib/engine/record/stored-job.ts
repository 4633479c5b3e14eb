import { LATEST_TIME_MS } from '../../clock.ts';
import type { JobState } from '../keys.ts';
import { type JobRecord, parseRecord, unreadableRecord } from './record.ts';

/** A stored job with the state it is in. */
export interface StoredJob {
  id: string;
  state: JobState;
  record: JobRecord;
  /** When a delayed job is due, epoch ms; null in every other state. */
  dueAt: number | null;
  /** The group in which it waits, as it is named in Redis. */
  group?: string;
}

/** Reads a stored job; `due` is the score of one that is delayed. */
export function toStoredJob(id: string, raw: string, state: JobState, due: string | null): StoredJob {
  // Other programs put jobs there too, at times that no calendar has.
  const dueAt =
    state === 'delayed' && due !== null && Math.abs(Number(due)) <= LATEST_TIME_MS ? Number(due) : null;
  return { id, state, record: parseRecord(raw) ?? unreadableRecord(raw, 0), dueAt };
}
