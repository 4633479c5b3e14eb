import type { QueueKeys } from '../keys.ts';
import { type NewJob, recordOf } from '../record/new-job.ts';
import { type RedisClient, runScript, type ScriptReply } from '../scripts.ts';
import { tell } from '../tell-callers.ts';
import { PARKED_LOOK_MS, type UniqueKey } from '../unique/unique.ts';

/** A job that comes from a row of an outbox. */
export interface RelayedJob {
  /** Of the row: no other row of any outbox ever has it. */
  token: string;
  job: NewJob;
  unique: UniqueKey | null;
}

/** What became of the job of a row: `held` and `full` mean that it is not stored, and only `full` that it can be. */
export type RelayedAnswer = ScriptReply<'relay'>[number];

/** What relaying works with: a queue. */
export interface RelayedDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many rows one call stores. */
const RELAY_CHUNK = 250;

/**
 * A row that was sent is known for so long, in ms, where its relay died before it could remove it: no database is away
 * longer.
 */
const KEPT_MS = 604_800_000;

/** Cuts the jobs of rows into as many as one call stores, in their order: one with a unique key goes alone. */
export function relayChunks<Job extends RelayedJob>(jobs: readonly Job[]): Job[][] {
  const chunks: Job[][] = [];
  for (const job of jobs) {
    const last = chunks.at(-1);
    const joins = last && last.length < RELAY_CHUNK && !job.unique && !last[0]?.unique;
    if (joins) last.push(job);
    else chunks.push([job]);
  }
  return chunks;
}

/**
 * Stores the jobs of one of {@link relayChunks} in one step and in their order, each once, however often its row is
 * sent. Rejects with what Redis says: all or none of them are stored then, and sending them again is right.
 */
export function saveRelayed(
  { client, keys }: RelayedDeps,
  jobs: readonly RelayedJob[],
): Promise<RelayedAnswer[]> {
  const unique = jobs[0]?.unique;
  const args = {
    key: unique?.key ?? '',
    release: unique?.release ?? '',
    ttl: unique?.ttlMs ?? '',
    onConflict: unique?.onConflict ?? '',
    lookMs: PARKED_LOOK_MS,
    keptMs: KEPT_MS,
  };
  const rest = jobs.flatMap(({ token, job }) => [token, job.id, recordOf(job, keys), job.start]);
  return tell(client, runScript(client, { script: 'relay', queue: keys, args, rest }));
}

/** Takes off the notes of rows that were removed for good. */
export async function forgetRelayed({ client, keys }: RelayedDeps, tokens: readonly string[]): Promise<void> {
  if (tokens.length > 0) await tell(client, client.zrem(keys.relayed, ...tokens));
}
