import type { QueueKeys } from '../keys.ts';
import { SteppedRecords } from '../queries/stepped-records.ts';
import { parseRecord } from '../record/record.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What pruning by the own times of jobs works with: a queue. */
export interface KeptDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** A job, and until when it stays, as Redis has it (epoch ms). */
export interface Noted {
  id: string;
  at: string;
}

/** The state in which a job has ended; '' for one that has not. */
export type EndState = 'succeeded' | 'failed' | '';

/** A part of the order of jobs that succeeded, by the distance of its places from the right end. */
export interface OrderWindow {
  near: number;
  far: number;
}

/** All of the order, which is searched for each job. */
const EVERYWHERE: OrderWindow = { near: 0, far: 0 };

/** Reads the first of those that have stayed for as long as they say. */
export async function readDue({ client, keys }: KeptDeps, now: number, most: number): Promise<Noted[]> {
  const range = [keys.keptUntil, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES'] as const;
  return toNoted(await client.zrange(...range));
}

/**
 * Drops of the first so many what no job can be called, as it is no UTF-8: nobody else finds it by what is read of it.
 * Resolves with how many.
 */
export async function dropNameless({ client, keys }: KeptDeps, most: number): Promise<number> {
  const names = await client.zrangeBuffer(keys.keptUntil, 0, String(most - 1));
  const nameless = names.filter((name) => !name.equals(Buffer.from(name.toString())));
  return nameless.length === 0 ? 0 : client.zrem(keys.keptUntil, ...nameless);
}

/**
 * The state from which each is to be removed: what is noted may be of another job that had its id, or of an end that
 * was undone since, so the record counts.
 */
export async function toldBy(
  { client, keys }: KeptDeps,
  noted: readonly Noted[],
): Promise<Map<string, EndState>> {
  const states = await endStates({ client, keys }, noted);
  const told = new Map<string, EndState>();
  for await (const [{ id }, raw] of new SteppedRecords({ client, keys }).of(noted)) {
    const state = states.get(id) ?? '';
    const retention = parseRecord(raw)?.options.retention;
    const saysSo = state !== '' && typeof retention?.[`${state}Ms`] === 'number';
    told.set(id, saysSo ? state : '');
  }
  return told;
}

/** In which state each has ended. */
export async function endStates(
  { client, keys }: KeptDeps,
  noted: readonly Noted[],
): Promise<Map<string, EndState>> {
  if (noted.length === 0) return new Map();
  const ids = noted.map(({ id }) => id);
  const [succeeded, failed] = await Promise.all([
    client.smismember(keys.succeeded, ...ids),
    client.smismember(keys.failed, ...ids),
  ]);
  return new Map(
    ids.map((id, at) => [id, succeeded[at] === 1 ? 'succeeded' : failed[at] === 1 ? 'failed' : '']),
  );
}

/** Carries it out, as many to a call as that takes on; resolves with how many jobs were removed. */
export async function settleNoted(
  { client, keys }: KeptDeps,
  { noted, told }: { noted: readonly Noted[]; told: ReadonlyMap<string, EndState> },
  { near, far }: OrderWindow = EVERYWHERE,
): Promise<number> {
  let removed = 0;
  for (let from = 0; from < noted.length; ) {
    const rest = noted.slice(from).flatMap(({ id, at }) => [id, at, told.get(id) ?? '']);
    const call = { script: 'prune-kept', queue: keys, args: { near, far }, rest } as const;
    const [dealtWith, gone] = await runScript(client, call);
    from += Math.max(1, dealtWith);
    removed += gone;
  }
  return removed;
}

/** Reads what Redis answers with scores. */
export function toNoted(reply: readonly string[]): Noted[] {
  return reply.flatMap((id, index) => (index % 2 === 0 ? [{ id, at: reply[index + 1] ?? '' }] : []));
}
