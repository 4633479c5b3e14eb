import { coerceError } from '../../errors.ts';
import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript, type ScriptCall } from '../scripts.ts';
import { MOST_PER_CALL } from './exchange-calls.ts';
import { type Taken, toTaken } from './taken.ts';

/** What a look for dead workers found. */
export interface Recovered {
  /** Ids back in waiting, a loss counted for each. */
  returned: string[];
  /** Jobs lost too often, now held by this session. */
  doomed: Taken[];
  /** Ids that nobody claimed, back in waiting. */
  orphans: string[];
  /** Running jobs that were cancelled, here or elsewhere. */
  cancelled: string[];
  /** What a later part of the look failed with; what the earlier parts did stands all the same. Null: nothing. */
  failure: Error | null;
}

/** Who looks: its own incarnation, and whether Redis knows it. */
interface Looker {
  own: string;
  joined: boolean;
}

/** How it looks. */
interface RecoverOrder {
  /** So many losses fail a job. */
  lossLimit: number;
  /** How long a job may stay in `active` without anybody claiming it. */
  orphanIntervalMs: number;
  /** The keys of another head of `waiting`, where the queue has limits. */
  head: readonly string[];
}

type RecoverReply = [returned: string[], doomed: (string | null)[]] | null;

/**
 * Returns to waiting what dead workers held, and what is in `active` without anybody working on it.
 * Jobs lost too often are not returned: they come back here, claimed by who looks, to be failed.
 */
export async function recover(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  looker: Looker,
  order: RecoverOrder,
): Promise<Recovered> {
  const [now, lapsed, live, cancelled] = (await runScript(client, {
    script: 'lapsed',
    keys: [keys.workers, keys.cancelled],
    args: [],
  })) as [number, string[], string[], string[]];
  const recovered: Recovered = { returned: [], doomed: [], orphans: [], cancelled, failure: null };
  const parts = [
    () => recoverLapsed({ client, keys }, { ...looker, ...order, now, lapsed }, recovered),
    () => returnOrphans({ client, keys }, { ...order, live }, recovered),
  ];
  for (const part of parts) {
    await part().catch((error: unknown) => {
      recovered.failure ??= coerceError(error);
    });
  }
  return recovered;
}

async function recoverLapsed(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  { now, lapsed, ...looker }: Looker & RecoverOrder & { now: number; lapsed: readonly string[] },
  recovered: Recovered,
): Promise<void> {
  for (const dead of lapsed) {
    // Late but here: the beat renews our own lease, and the running jobs need not be run again.
    if (dead === looker.own) continue;
    const reply = (await runScript(client, recoverCall(keys, dead, looker))) as RecoverReply;
    if (reply === null) continue;
    recovered.returned.push(...reply[0]);
    for (let at = 0; at < reply[1].length; at += 2) {
      recovered.doomed.push(toTaken(reply[1][at] ?? '', reply[1][at + 1] ?? null, now));
    }
  }
}

async function returnOrphans(
  { client, keys }: { client: RedisClient; keys: QueueKeys },
  { orphanIntervalMs, live }: Pick<RecoverOrder, 'orphanIntervalMs'> & { live: readonly string[] },
  recovered: Recovered,
): Promise<void> {
  const { stallBlock, stalling, waiting, active, workers } = keys;
  const orphans = await runScript(client, {
    script: 'orphans',
    keys: [stallBlock, stalling, waiting, active, workers, ...live.map(keys.claims)],
    args: [orphanIntervalMs, ...live],
  });
  if (Array.isArray(orphans)) recovered.orphans.push(...orphans);
}

function recoverCall(
  { workers, claims, active, waiting, losses, jobs }: QueueKeys,
  dead: string,
  { own, joined, lossLimit, head }: Looker & RecoverOrder,
): ScriptCall {
  const by = joined ? own : '';
  return {
    script: 'recover',
    keys: [workers, claims(dead), active, waiting, losses, jobs, claims(by), ...head],
    args: [dead, lossLimit, by, MOST_PER_CALL],
  };
}
