import type { Clock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import { memberOf } from '../../json-text.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import { JsonText, newJob, recordEnding } from '../record/new-job.ts';
import { openDataText, openRecord, sealOf } from '../record/private.ts';
import { type JobRecord, parseRecord, type StoredLinks, type StoredOptions } from '../record/record.ts';
import type { RedisClient } from '../scripts.ts';
import { fullQueue } from '../store/save-answer.ts';
import { readStates } from '../store/states.ts';
import type { Store } from '../store/store.ts';

/** What running jobs anew works with: a queue. */
export interface RerunDeps {
  client: RedisClient;
  keys: QueueKeys;
  store: Store;
  clock: Clock;
}

/** What running a job anew did: in which state the job was, and the id of the new one; or why it did nothing. */
export type RerunResult =
  | { done: true; was: 'succeeded' | 'failed'; added: string }
  | { done: false; state: JobState | null };

/**
 * Adds a new job, which names the old, with the data of one that has ended, and with its options but for its times, the
 * ties to other jobs and what its handlers did once: that is done again. Throws JOB_EXISTS where another job holds its
 * unique key, QUEUE_FULL where there is no room, and JOB_STATE_FORBIDS where its record cannot be read.
 */
export async function rerunJob(deps: RerunDeps, id: string, by: string): Promise<RerunResult> {
  const [[state = null], raw] = await Promise.all([
    readStates(deps.client, deps.keys, [id]),
    deps.client.hget(deps.keys.jobs, id),
  ]);
  if (raw === null || state === null) return { done: false, state: null };
  if (state !== 'succeeded' && state !== 'failed') return { done: false, state };
  const record = parseRecord(raw);
  const stored = record && memberOf(raw, 'data');
  if (record === null || stored === null)
    throw new ApiaryError('JOB_STATE_FORBIDS', `job ${id} has a record that cannot be read`);
  const data = record.options.encrypted ? opened(deps.keys, id, record) : stored;
  const options = optionsAnew(record, { now: deps.clock.now(), by, id });
  return { done: true, was: state, added: await add(deps, options, data) };
}

/** What is sealed for a job opens for no other, so the new one is sealed anew. Throws where it cannot be opened. */
function opened(keys: QueueKeys, id: string, record: JobRecord): string {
  const seal = sealOf(keys, id);
  const data = openDataText(seal, record.data);
  openRecord(seal, record);
  return data;
}

async function add({ store, clock }: RerunDeps, options: StoredOptions, data: string): Promise<string> {
  const job = newJob(clock, {
    id: null,
    data: new JsonText(data),
    ending: recordEnding(options),
    start: null,
  });
  const { unique } = options;
  if (!unique) return store.saveOne(job, () => job.id);
  const { key, ttl: ttlMs = null } = unique;
  const saved = await store.saveUnique(job, { key, ttlMs, onConflict: 'reject', release: 'end' });
  // Its id is new, so what existed was this very job, whose add was sent twice.
  if (saved.outcome === 'created' || saved.outcome === 'existed') return job.id;
  if (saved.outcome === 'full') throw fullQueue();
  throw new ApiaryError('JOB_EXISTS', `job ${saved.id} holds the unique key ${key}`);
}

function optionsAnew(
  { options }: JobRecord,
  { now, by, id }: { now: number; by: string; id: string },
): StoredOptions {
  const { type, timeout, backoff, headers, key, cost, priority, front, group, unique, links, retries, run } =
    options;
  const { encrypted, retention } = options;
  const previous = handedOver(links);
  return {
    timestamp: now,
    ...(type !== undefined && { type }),
    // It counts down with each attempt after the first.
    ...(retries !== undefined && { retries: retries + Math.max(0, (run?.[0] ?? 0) - 1) }),
    ...(timeout !== undefined && { timeout }),
    ...(backoff && { backoff }),
    ...(headers && { headers }),
    ...(key !== undefined && { key }),
    ...(cost !== undefined && { cost }),
    ...(priority !== undefined && { priority }),
    ...(front && { front }),
    // Without a size it only says where the job once waited.
    ...(group?.size !== undefined && { group }),
    // A throttle has had its window; what is run by hand begins no other.
    ...(unique && unique.release !== 'ttl' && { unique }),
    ...(previous && { links: previous }),
    addedBy: by,
    ...(retention && { retention }),
    ...(encrypted && { encrypted }),
    rerunOf: id,
  };
}

/** What the handler is given beside the data. */
function handedOver(links: StoredLinks | undefined): StoredLinks | null {
  if (links?.previous === undefined && links?.concludes === undefined) return null;
  const { previous, concludes } = links;
  return { ...(previous !== undefined && { previous }), ...(concludes && { concludes }) };
}
