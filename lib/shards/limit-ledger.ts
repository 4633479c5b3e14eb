import type { LimitsNote } from '../engine/limits/limits.ts';
import { readOwnAmong } from '../engine/own-json.ts';
import { runScript } from '../engine/scripts.ts';
import { shardKeys } from '../engine/shard-keys.ts';
import { type Part, UNLIMITED } from './limit-parts.ts';
import type { ShardPlace } from './shard-field.ts';
import { ONE_SHARD, parseShardRecord, type ShardRecord } from './shard-record.ts';

/** What a shard has at most of the limits of the whole, as it is noted before it is given. */
export interface Share {
  /** More than its part where more jobs run than that. */
  readonly bound: Part;
  /** Since when it has a part, or has none; epoch ms. */
  readonly since: number;
}

/** What is known of the parts of a queue. */
export interface Ledger {
  /** By the number of the shard. */
  readonly shares: readonly Share[];
  /** The limits, as JSON, that were in force in all shards when it was looked last; '' for none. */
  readonly settled: string;
}

/** One turn at the limits of a queue with shards, of which each has a number of its own. */
export interface Turn {
  readonly turn: number;
  /** The time of Redis, epoch ms. */
  readonly now: number;
  readonly record: ShardRecord;
  /** As it is stored; '' for none. */
  readonly noteText: string;
  readonly note: LimitsNote | null;
  /** Null where nothing was shared out, or that cannot be read. */
  readonly ledger: Ledger | null;
}

/** How a turn is begun. */
export interface TurnOrder {
  queue: string;
  /** Who begins it: nobody else does as long as its lease goes on. */
  holder: string;
  /** Whether it is taken from another who has it; default not. */
  takes?: boolean;
  /** The number of a turn that a shard knows: that of this one is greater. Default as it comes. */
  above?: number;
  /** The limits of the whole from now on; null lifts them. Default as they are. */
  note?: LimitsNote | null;
}

/** For how long nobody else begins a turn, in ms. */
const LEASE_MS = 5_000;

/** Begins a turn; null while another has it, and where there are no limits. */
export async function beginTurn({ client, prefix }: ShardPlace, order: TurnOrder): Promise<Turn | null> {
  const { queue, holder, takes = false, above = 0, note } = order;
  const { records, limits, turn: turnOf } = shardKeys(prefix);
  const text = note === null ? 'none' : note === undefined ? '' : JSON.stringify(note);
  const begun = await runScript(client, {
    script: 'begin-turn',
    keys: { shardTurn: turnOf(queue), shardRecords: records, shardLimits: limits },
    args: { queue, holder, leaseMs: LEASE_MS, takes, above, note: text },
  });
  if (begun === null) return null;
  const [turn, now, recordText, noteText, parts] = begun;
  return {
    ...{ turn, now, noteText },
    record: parseShardRecord(recordText) ?? ONE_SHARD,
    note: noteText === '' ? null : readOwnAmong<LimitsNote>(noteText),
    ledger: parts === '' ? null : parseLedger(parts),
  };
}

/** Notes the parts before they are given, null for none; false where another turn has begun. */
export function keepLedger(
  { client, prefix }: ShardPlace,
  queue: string,
  { turn, ledger, releases }: { turn: number; ledger: Ledger | null; releases: boolean },
): Promise<boolean> {
  return runScript(client, {
    script: 'keep-parts',
    keys: { shardTurn: shardKeys(prefix).turn(queue) },
    args: { turn, releases, parts: ledger === null ? '' : ledgerText(ledger) },
  });
}

/** As it is stored: JSON knows no Infinity, so null stands for no limit. */
interface StoredLedger {
  settled: string;
  shares: { slots: number | null; burst: number | null; since: number }[];
}

/** Writes it out. */
export function ledgerText({ shares, settled }: Ledger): string {
  const stored = shares.map(({ bound, since }) => ({ ...bound, since }));
  return JSON.stringify({ settled, shares: stored });
}

function parseLedger(text: string): Ledger | null {
  const stored = readOwnAmong<Partial<StoredLedger>>(text);
  if (!Array.isArray(stored?.shares)) return null;
  const shares = stored.shares.map((one) => ({
    bound: { slots: one?.slots ?? UNLIMITED.slots, burst: one?.burst ?? UNLIMITED.burst },
    since: one?.since ?? 0,
  }));
  return { shares, settled: String(stored.settled ?? '') };
}
