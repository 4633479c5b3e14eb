import type { QueueKeys } from '../keys.ts';
import { readOwn } from '../own-json.ts';
import type { RedisClient, ScriptReply } from '../scripts.ts';
import { readTaken, type Taken } from './taken.ts';

/** Why jobs were cancelled, by id; one of which nobody said why is not among them. */
export type CancelReasons = ReadonlyMap<string, string>;

/** What one exchange with Redis brought. */
export interface Exchange {
  taken: Taken[];
  /** Ids of ended jobs whose claim was gone: their end changed nothing. */
  fenced: string[];
  state: 'ok' | 'paused' | 'burnt' | 'revoked';
  /**
   * Where the state says so: ids of jobs that were held here when they were removed. Nothing is taken until the
   * exchange after this one, before which what is held under these ids has to be dropped.
   */
  revoked: readonly string[];
  /** In how many ms it is worth asking again although nothing is added; null for not at all. */
  againInMs: number | null;
  /** Those of the taken that were cancelled and must not run, and why. */
  cancelled: readonly string[];
  reasons: CancelReasons;
  /** The id of the one job among the taken that was claimed by a worker that died; null for none. */
  suspect: string | null;
  /** Whether other suspects were left in waiting. */
  leavesSuspects: boolean;
}

/** An exchange that brought nothing. */
export const NOTHING: Omit<Exchange, 'fenced'> = {
  taken: [],
  state: 'ok',
  revoked: [],
  cancelled: [],
  reasons: new Map(),
  againInMs: null,
  suspect: null,
  leavesSuspects: false,
};

/** Reads what a take replied. */
export async function readExchange(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  state: Exchange['state'],
  reply: ScriptReply<'take'>,
): Promise<Omit<Exchange, 'fenced'>> {
  const { now, ids, records, againInMs, suspect, leavesSuspects } = reply;
  if (state === 'revoked') return { ...NOTHING, state, revoked: readOwn<string[]>(ids), againInMs: 0 };
  if (state !== 'ok') return { ...NOTHING, state };
  if (ids === '[]') return { ...NOTHING, againInMs, leavesSuspects };
  const taken = readTaken([ids, records], now);
  const cancelled = readOwn<string[]>(reply.cancelled);
  const reasons = cancelled.length > 0 ? await readReasons({ client, keys }, cancelled) : NOTHING.reasons;
  return { ...NOTHING, taken, cancelled, reasons, againInMs, suspect, leavesSuspects };
}

/** Of jobs that were cancelled while another worker ran them, and have come back: so few that they are asked for. */
async function readReasons(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  ids: readonly string[],
): Promise<CancelReasons> {
  const reasons = await client.hmget(keys.cancelReasons, ...ids);
  return new Map(ids.flatMap((id, at): [string, string][] => (reasons[at] ? [[id, reasons[at]]] : [])));
}
