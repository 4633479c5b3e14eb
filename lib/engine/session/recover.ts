import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript, type ScriptCall } from '../scripts.ts';
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
  /** Running jobs that were cancelled, here or elsewhere. */
  cancelled: string[];
  /** What Redis refused of it; all else was done. */
  failures: unknown[];
}

/** Who is there, as one look showed it. */
export interface Look {
  /** Redis's clock. */
  now: number;
  /** The incarnations whose lease is over. */
  lapsed: string[];
  /** The others. */
  live: string[];
  cancelled: string[];
}

/** What recovering works with: a queue. */
interface RecoverDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How the dead are dealt with. */
interface Judgement {
  /** The incarnation that does it; it must have a lease. */
  own: string;
  /** So many losses fail a job. */
  lossLimit: number;
  /** The keys of another head of `waiting`, where the queue has limits. */
  head: readonly string[];
}

type RecoverReply = [returned: string[], doomed: (string | null)[]] | null;

/** Looks who is there, and which running jobs were cancelled. */
export async function lookAround({ client, keys }: RecoverDeps): Promise<Look> {
  const [now, lapsed, live, cancelled] = (await runScript(client, {
    script: 'lapsed',
    keys: [keys.workers, keys.cancelled],
    args: [],
  })) as [number, string[], string[], string[]];
  return { now, lapsed, live, cancelled };
}

/** What a look found of which nothing was done. */
export function nothingDone({ cancelled }: Look): Recovered {
  return { returned: [], doomed: [], orphans: [], cancelled, failures: [] };
}

/**
 * Returns to waiting what dead workers held. Jobs lost too often are not returned: they come back here, claimed by who
 * looks, to be failed. So whatever fails on the way, what was done before is told.
 */
export async function recoverDead(place: RecoverDeps, look: Look, order: Judgement): Promise<Recovered> {
  const recovered = nothingDone(look);
  for (const dead of look.lapsed) {
    try {
      const reply = (await runScript(place.client, recoverCall(place.keys, dead, order))) as RecoverReply;
      if (reply === null) continue;
      recovered.returned.push(...reply[0]);
      for (let at = 0; at < reply[1].length; at += 2) {
        recovered.doomed.push(toTaken(reply[1][at] ?? '', reply[1][at + 1] ?? null, look.now));
      }
    } catch (error) {
      recovered.failures.push(error);
      return recovered;
    }
  }
  return recovered;
}

/**
 * Returns to waiting what is in `active` for longer than the interval (ms) without anybody working on it; `listed` are all
 * incarnations that are on the list of workers.
 */
export async function returnOrphans(
  { client, keys }: RecoverDeps,
  listed: readonly string[],
  intervalMs: number,
): Promise<string[]> {
  const { stallBlock, stalling, waiting, active, workers } = keys;
  const orphans = await runScript(client, {
    script: 'orphans',
    keys: [stallBlock, stalling, waiting, active, workers, ...listed.map(keys.claims)],
    args: [intervalMs, ...listed],
  });
  return Array.isArray(orphans) ? orphans : [];
}

function recoverCall(
  { workers, claims, active, waiting, losses, jobs }: QueueKeys,
  dead: string,
  { own, lossLimit, head }: Judgement,
): ScriptCall {
  return {
    script: 'recover',
    keys: [workers, claims(dead), active, waiting, losses, jobs, claims(own), ...head],
    args: [dead, lossLimit, own, MOST_PER_CALL],
  };
}
