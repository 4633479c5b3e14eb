import { ApiaryError } from '../../errors.ts';
import type { QueueKeys } from '../keys.ts';
import { openDataText, openRecord, sealOf, sealRecord } from '../record/private.ts';
import { addLogLine, type JobRecord, parseRecord, rewriteRecord } from '../record/record.ts';

/** Where jobs are moved, by whom, and when (epoch ms). */
export interface MoveOrder {
  to: string;
  by: string;
  at: number;
  /** Tells of each job which queue of several it goes to, as where `to` has shards; default `to`. */
  placeOf?: PlaceOf;
}

/** Says which shard of a queue a job goes to, by its id and its key. */
export type PlaceOf = (job: { id: string; key: string | null }) => Promise<string>;

/** The queue that a job goes to; for a record that cannot be read, which stays anyway, the one that was named. */
export async function targetOf({ id, raw }: LeavingJob, { to, placeOf }: MoveOrder): Promise<string> {
  if (!placeOf) return to;
  const record = parseRecord(raw);
  return record ? placeOf({ id, key: record.options.key ?? null }) : to;
}

/** A job to be moved, as it was read. */
export interface LeavingJob {
  id: string;
  raw: string;
}

/** What ties a job to other things of its queue: the words for that; null where it can go. */
export function tieOf({ options }: JobRecord): string | null {
  const { unique, group, schedule, waits, links } = options;
  if (unique) return TIES.unique;
  if (group) return TIES.group;
  if (schedule) return TIES.schedule;
  if (waits) return TIES.signals;
  if (links?.chain) return TIES.chain;
  if (links?.batch || links?.concludes) return TIES.batch;
  return links?.flow ? TIES.workflow : null;
}

/** What is said of each tie, behind `it`. */
export const TIES = {
  unique: 'has a unique key, which counts in its queue alone',
  group: 'belongs to a group of its queue',
  schedule: 'was added by a schedule of its queue, which looks how its last job stands',
  signals: 'was given signals, or waits for some, and whoever sends them knows it by its queue',
  chain: 'is a step of a chain',
  batch: 'is of a batch',
  workflow: 'is a step of a workflow',
} as const;

/**
 * The record of a job as it goes to another queue: as it is, with a line in its log. A job without a type keeps the one
 * that it has here by the name of the queue; one that is encrypted is sealed anew. Throws JOB_TIED for what would break
 * a tie, JOB_STATE_FORBIDS for a record that cannot be read, ENCRYPTION_KEY_MISSING and RECORD_TAMPERED.
 */
export function recordElsewhere(keys: QueueKeys, { id, raw }: LeavingJob, order: MoveOrder): string {
  const record = parseRecord(raw);
  if (record === null) throw new ApiaryError('JOB_STATE_FORBIDS', 'its record cannot be read');
  const tie = tieOf(record);
  if (tie !== null) throw new ApiaryError('JOB_TIED', `it ${tie}`);
  const { options } = record;
  const data = options.encrypted ? dataElsewhere(keys, { id, record }, order.to) : raw;
  options.type ??= keys.queue;
  // It names a job of this queue.
  delete options.rerunOf;
  const message = `moved here from queue ${keys.queue} by ${order.by}`;
  addLogLine(options, { at: order.at, level: 'info', message });
  if (!options.encrypted) return rewriteRecord(raw, record);
  return rewriteRecord(data, sealRecord(sealOf(keys.sibling(order.to), id), record));
}

/** What is sealed for one queue opens in no other. Opens the record in place. */
function dataElsewhere(
  keys: QueueKeys,
  { id, record }: { id: string; record: JobRecord },
  to: string,
): string {
  const seal = sealOf(keys, id);
  const data = openDataText(seal, record.data);
  openRecord(seal, record);
  return `{"data":"${sealOf(keys.sibling(to), id).seal('data', data)}"}`;
}
