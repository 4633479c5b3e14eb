import { auditKey } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** Through what changes are made. */
export const AUDIT_DOORS = ['monitor', 'api', 'cli'] as const;

/** One of these. */
export type AuditDoor = (typeof AUDIT_DOORS)[number];

/** A change that somebody asked for, and what came of it. */
export interface AuditNote {
  /**
   * The user of the monitor, the key of the API or the user of a terminal; `monitor`, `api` or `cli` where nobody has
   * a name.
   */
  by: string;
  through: AuditDoor;
  /** As `retry` or `pause`. */
  action: string;
  queue: string | null;
  /** The job, the schedule, or whatever else of the queue it was about. */
  id: string | null;
  /** `refused`: it could not be, as `detail` says; `failed`: nobody knows whether it was done. */
  outcome: 'done' | 'refused' | 'failed';
  detail: string | null;
}

/** A note as it was kept. */
export interface AuditEntry extends AuditNote {
  /** Names the note; later ones sort higher. */
  entryId: string;
  /** Epoch ms by Redis's clock. */
  at: number;
}

/** What the audit stream works with. */
export interface AuditDeps {
  client: RedisClient;
  prefix: string;
}

/** About how many notes are kept; older ones make way. */
export const AUDIT_KEPT = 10_000;
/** Ids and messages come from outside, and a note is to stay small. */
const LONGEST = 500;

/** Writes a note down; resolves when Redis has it. */
export async function writeAudit({ client, prefix }: AuditDeps, note: AuditNote): Promise<void> {
  const fields = Object.entries(note).flatMap(([name, value]) =>
    value === null ? [] : [name, value.slice(0, LONGEST)],
  );
  await client.xadd(auditKey(prefix), 'MAXLEN', '~', AUDIT_KEPT, '*', ...fields);
}

/** Reads up to `count` notes, newest first, only those before the note `before` when it is not null. */
export async function readAudit(
  { client, prefix }: AuditDeps,
  { before, count }: { before: string | null; count: number },
): Promise<AuditEntry[]> {
  const end = before === null ? '+' : `(${before}`;
  const entries = await client.xrevrange(auditKey(prefix), end, '-', 'COUNT', count);
  return entries.map(([entryId, fields]) => toEntry(entryId, fields));
}

function toEntry(entryId: string, fields: readonly string[]): AuditEntry {
  const values = new Map<string, string>();
  for (let at = 0; at < fields.length; at += 2) values.set(fields[at] ?? '', fields[at + 1] ?? '');
  const outcome = values.get('outcome');
  return {
    entryId,
    at: Number.parseInt(entryId, 10),
    by: values.get('by') ?? '',
    through: AUDIT_DOORS.find((door) => door === values.get('through')) ?? 'monitor',
    action: values.get('action') ?? '',
    queue: values.get('queue') ?? null,
    id: values.get('id') ?? null,
    outcome: outcome === 'done' || outcome === 'refused' ? outcome : 'failed',
    detail: values.get('detail') ?? null,
  };
}
