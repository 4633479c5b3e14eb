import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript, type ScriptCall } from '../scripts.ts';
import type { CancelReasons } from './exchange.ts';
import { MOST_PER_CALL } from './exchange-calls.ts';
import { type Taken, toTaken } from './taken.ts';

/** What a look for dead workers found. */
export interface Recovered {
  /** Ids back in waiting, a loss counted for each as far as it may be to blame. */
  returned: string[];
  /** Jobs lost too often, now held by this session. */
  doomed: Taken[];
  /** Ids that nobody claimed, back in waiting. */
  orphans: string[];
  /** In how many ms it is worth looking for those again; 0 where nobody can tell. */
  orphansInMs: number;
  /** Running jobs that were cancelled, here or elsewhere; and why, of those of which that was said. */
  cancelled: string[];
  reasons: CancelReasons;
  /** What Redis refused of it; all else was done. */
  failures: unknown[];
}

/** Who is there, as one look showed it. */
export interface Look {
  /** Redis's clock. */
  now: number;
  /** The incarnations whose lease is over, and when it ended. */
  lapsed: [name: string, endedAt: number][];
  /** The others. */
  live: string[];
  cancelled: string[];
  reasons: CancelReasons;
}

/** What recovering works with: a queue. */
interface RecoverDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** An incarnation that is held to be dead. */
export interface Dead {
  name: string;
  /** Whether its process has ended for sure, whatever its lease says. */
  hasEnded: boolean;
}

/** How the dead are dealt with. */
interface Judgement {
  /** The incarnation that does it; it must have a lease. */
  own: string;
  /** So many losses fail a job. */
  lossLimit: number;
}

/** Looks who is there, and which running jobs were cancelled. */
export async function lookAround({ client, keys }: RecoverDeps): Promise<Look> {
  const reply = await runScript(client, { script: 'lapsed', queue: keys });
  const [now, lapsed, live, cancelled, reasons] = reply;
  return { now, lapsed, live, cancelled, reasons: new Map(reasons) };
}

/** What a look found of which nothing was done. */
export function nothingDone({ cancelled, reasons }: Look): Recovered {
  return { returned: [], doomed: [], orphans: [], orphansInMs: 0, cancelled, reasons, failures: [] };
}

/**
 * Returns to waiting what the workers held that are dead. Jobs lost too often are not returned: they come back here,
 * claimed by who looks, to be failed. So whatever fails on the way, what was done before is told.
 */
export async function recoverDead(
  place: RecoverDeps,
  look: Look,
  { dead: all, ...order }: Judgement & { dead: readonly Dead[] },
): Promise<Recovered> {
  const recovered = nothingDone(look);
  for (const dead of all) {
    try {
      const reply = await runScript(place.client, recoverCall(place.keys, dead, order));
      if (reply === null) continue;
      const [returned, doomed] = reply;
      recovered.returned.push(...returned);
      recovered.doomed.push(...doomed.map(([id, record]) => toTaken(id, record, look.now)));
    } catch (error) {
      recovered.failures.push(error);
      return recovered;
    }
  }
  return recovered;
}

/**
 * Returns to waiting what is in `active` for longer than the interval (ms) without anybody working on it; `listed` are
 * all incarnations that are on the list of workers. A look that is made afresh only begins an interval. Where the last
 * one is not over, nothing is looked at: `returned` is null, and it is worth asking again in `againInMs`.
 */
export async function returnOrphans(
  { client, keys }: RecoverDeps,
  listed: readonly string[],
  { intervalMs, afresh }: { intervalMs: number; afresh: boolean },
): Promise<{ returned: string[] | null; againInMs: number }> {
  const [returned, againInMs] = await runScript(client, {
    script: 'orphans',
    queue: keys,
    others: listed.map(keys.claims),
    args: { intervalMs, afresh },
    rest: listed,
  });
  return { returned, againInMs };
}

function recoverCall(
  queue: QueueKeys,
  { name, hasEnded }: Dead,
  { own, lossLimit }: Judgement,
): ScriptCall<'recover'> {
  return {
    script: 'recover',
    queue,
    keys: { deadClaims: queue.claims(name), ownClaims: queue.claims(own) },
    args: { dead: name, hasEnded, limit: lossLimit, own, most: MOST_PER_CALL },
  };
}
