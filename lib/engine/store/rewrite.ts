import { memberOf } from '../../json-text.ts';
import type { QueueKeys } from '../keys.ts';
import { type Sealing, sealOf } from '../record/private.ts';
import {
  type JobRecord,
  parseRecord,
  rewriteRecord,
  unreadableRecord,
  withPriority,
} from '../record/record.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import type { RepairResult } from './repair-result.ts';
import { readState } from './states.ts';

/** A record as it was read, and as it is to be. */
interface Change {
  id: string;
  before: string;
  after: string;
}

/** A change of a record that is read before. */
export interface Rewrite {
  /** What becomes of the record. */
  edit?: (record: JobRecord) => void;
  /** A record with the data to store, as text; default those that are stored. */
  withData?: string;
  /** By which script it is stored: 1 when it was, -1 when the record is another by now. */
  store: (deps: RewriteDeps, change: Change, record: JobRecord) => Promise<1 | 0 | -1 | -2>;
}

interface RewriteDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How often a change is tried again when somebody else changed the job in between. */
const REWRITE_TRIES = 5;

/** Reads the record of a job, and stores it changed: unless somebody else changes it meanwhile, again and again. */
export async function rewriteJob(
  deps: RewriteDeps,
  id: string,
  { edit, withData, store }: Rewrite,
): Promise<RepairResult> {
  const { client, keys } = deps;
  for (let tried = 0; tried < REWRITE_TRIES; tried++) {
    const raw = await client.hget(keys.jobs, id);
    if (raw === null) return { done: false, state: null };
    const read = parseRecord(raw);
    const record = read ?? unreadableRecord(raw, 0);
    edit?.(record);
    const given = withData === undefined ? null : dataFor(keys, { id, record, withData });
    const after = rewriteRecord(given ?? (read && raw), record);
    const reply = await store(deps, { id, before: raw, after }, record);
    if (reply === 1) return { done: true };
    if (reply !== -1) break;
  }
  return { done: false, state: await readState(client, keys, id) };
}

/** New data of a job that is encrypted is sealed as the old was. Throws ENCRYPTION_KEY_MISSING where no keys are. */
function dataFor(
  sealing: Sealing,
  { id, record, withData }: { id: string; record: JobRecord; withData: string },
): string {
  if (!record.options.encrypted) return withData;
  return `{"data":"${sealOf(sealing, id).seal('data', memberOf(withData, 'data') ?? 'null')}"}`;
}

/**
 * Offers a failed job again with so many further attempts, at a time (epoch ms) or, for 0, at once; it takes its unique
 * key again if that is free.
 */
export function retryOf(retries: number, dueAt = 0): Rewrite {
  return {
    edit: (record) => {
      record.options.retries = retries;
      delete record.options.outcome;
      // Who offers it again wants it to run, however late.
      delete record.options.expiresAt;
      delete record.options.deadlineAt;
      // What it waited for in vain it waits for anew; the signals that came it has still.
      if (record.options.waits) record.options.waits = { until: {} };
      record.status = 'retrying';
    },
    store: ({ client, keys }, change, { options: { unique } }) => {
      // A throttle has had its window; what is run by hand begins no other.
      const held = unique && unique.release !== 'ttl' ? unique : null;
      const args = { ...change, key: held?.key ?? '', ttl: held?.ttl ?? '', dueAt };
      return runScript(client, { script: 'retry', queue: keys, args });
    },
  };
}

/** Replaces the data of a job that is not running by those of a record, given as text. */
export function newDataOf(withData: string): Rewrite {
  return {
    withData,
    store: ({ client, keys }, args) => runScript(client, { script: 'rewrite', queue: keys, args }),
  };
}

/** Gives a waiting or delayed job another priority, with the data of a record where one is given as text. */
export function newPriorityOf(priority: number, withData?: string): Rewrite {
  return {
    edit: (record) => withPriority(record, priority),
    store: ({ client, keys }, args) => runScript(client, { script: 'set-priority', queue: keys, args }),
    ...(withData !== undefined && { withData }),
  };
}

/**
 * Has a waiting or delayed job start at another time (epoch ms), with another priority where one is given, and with the
 * data of a record where one is given as text.
 */
export function newStartOf(
  { runAt, priority }: { runAt: number; priority: number | undefined },
  withData?: string,
): Rewrite {
  return {
    edit: (record) => {
      if (priority !== undefined) withPriority(record, priority);
      record.options.delay = runAt;
    },
    store: ({ client, keys }, change) =>
      runScript(client, { script: 'reschedule', queue: keys, args: { ...change, dueAt: runAt } }),
    ...(withData !== undefined && { withData }),
  };
}
