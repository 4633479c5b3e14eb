import { LATEST_TIME_MS } from '../../clock.ts';
import type { JobState } from '../keys.ts';
import { type Privacy, type Sealing, showRecord } from './private.ts';
import { type JobRecord, parseRecord, unreadableRecord } from './record.ts';

/** A stored job with the state it is in. */
export interface StoredJob {
  id: string;
  state: JobState;
  record: JobRecord;
  /** When a delayed job is due, epoch ms; null in every other state. */
  dueAt: number | null;
  /** Whether it is encrypted, and if so, whether what is private of it is opened in the record, or hidden. */
  privacy: Privacy;
  /** The group in which it waits, as it is named in Redis. */
  group?: string;
}

/** A job as it was read: its record, its state, and the score of one that is delayed. */
export interface ReadJob {
  id: string;
  raw: string;
  state: JobState;
  due: string | null;
}

/** Reads a stored job of a queue, to be shown. */
export function toStoredJob(sealing: Sealing, { id, raw, state, due }: ReadJob): StoredJob {
  // Other programs put jobs there too, at times that no calendar has.
  const dueAt =
    state === 'delayed' && due !== null && Math.abs(Number(due)) <= LATEST_TIME_MS ? Number(due) : null;
  const record = parseRecord(raw) ?? unreadableRecord(raw, 0);
  return { id, state, record, dueAt, privacy: showRecord(sealing, id, record) };
}
