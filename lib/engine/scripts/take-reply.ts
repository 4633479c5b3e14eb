import { asList, count, listOf, oneOf, orNull, type Reply, text } from '../script-reply.ts';

/** What a take says, see `take.lua`. */
export interface TakeReply {
  /** `limited` and `plain` say that the other of the two takes is to be asked. */
  state: 'ok' | 'paused' | 'burnt' | 'revoked' | 'limited' | 'plain';
  /** Redis's clock, epoch ms. */
  now: number;
  /** A JSON list: what was taken, or, where the state says so, what was revoked. */
  ids: string;
  /** One for each; null where it is gone. */
  records: (string | null)[];
  /** A JSON list of those ids that were cancelled. */
  cancelled: string;
  /** In how many ms it is worth asking again; null for not at all. */
  againInMs: number | null;
  /** The one that was claimed by a worker that died. */
  suspect: string | null;
  /** Whether others of that kind were left where they are. */
  leavesSuspects: boolean;
}

const readRecords = listOf(orNull(text));
const readState = oneOf('ok', 'paused', 'burnt', 'revoked', 'limited', 'plain');

/** Reads the reply of a take; what it does not say of jobs is that there are none. */
export const takeReply: Reply<TakeReply> = (reply) => {
  const [state, now, ids = '[]', records = [], cancelled = '[]', again = -1, suspect = '', left = 0] =
    asList(reply);
  const againInMs = count(again);
  return {
    state: readState(state),
    now: count(now),
    ids: text(ids),
    records: readRecords(records),
    cancelled: text(cancelled),
    againInMs: againInMs < 0 ? null : againInMs,
    suspect: text(suspect) || null,
    leavesSuspects: count(left) > 0,
  };
};
