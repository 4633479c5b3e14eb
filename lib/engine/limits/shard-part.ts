import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** A shard, and the turn by which it is looked at and changed. */
export interface PartDeps {
  client: RedisClient;
  keys: QueueKeys;
  /** The number of the turn; what goes by an earlier one changes nothing. */
  turn: number;
}

/** What a shard has of the limits of its queue, and could use of them. */
export interface PartLook {
  /** Its limits as they are noted, or ''. */
  note: string;
  /** How many jobs may wait, as it is noted, or ''. */
  most: string;
  /** How many jobs its workers hold. */
  held: number;
  /** How many more could begin if only the limits of the whole let them. */
  ready: number;
}

/** What a shard is to have of the limits of its queue. */
export interface NewPart {
  note: string;
  /** Whether the note holds nothing back. */
  isLifted: boolean;
  most: string;
  /** How many tokens its bucket holds, and after how many ms each comes; 0 for none. */
  burst: number;
  intervalMs: number;
}

/** More jobs that wait are not counted. */
const MOST_READY = 1_000_000;

/** Looks at the part of a shard; the number of a later turn where that has looked. */
export async function lookAtPart({ client, keys, turn }: PartDeps): Promise<PartLook | number> {
  const args = { turn, most: MOST_READY };
  const found = await runScript(client, { script: 'look-at-part', queue: keys, args });
  if (typeof found === 'number') return found;
  const [note, most, held, ready] = found;
  return { note, most, held, ready };
}

/**
 * Gives a shard another part, and tokens with it. Resolves with how many jobs are held and how many tokens were taken;
 * null where another turn has looked, or the shard was deleted.
 */
export async function setPart(
  { client, keys, turn }: PartDeps,
  part: NewPart,
  given: number,
): Promise<{ held: number; taken: number } | null> {
  const args = { turn, given, ...part };
  const found = await runScript(client, { script: 'set-part', queue: keys, args });
  return found && { held: found[0], taken: Number(found[1]) };
}
