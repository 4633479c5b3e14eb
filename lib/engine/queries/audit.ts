import { isWhole } from '../../field-checks.ts';
import { auditKeepKey, auditKey } from '../keys.ts';
import { readOwnAmong } from '../own-json.ts';
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

/** How much is kept of what people changed; older notes make way. */
export interface AuditKeep {
  /** About how many notes. */
  count: number;
  /** For how many days; null for however long. */
  days: number | null;
}

/** What holds where nothing else was said. */
export const AUDIT_KEEP: AuditKeep = { count: 10_000, days: null };
/** Ids and messages come from outside, and a note is to stay small. */
const LONGEST = 500;
const DAY_MS = 86_400_000;

/**
 * Writes a note down; resolves when Redis has it. What is kept of the others is what was said last, whoever writes: a
 * terminal knows of no settings of the service.
 */
export async function writeAudit(deps: AuditDeps, note: AuditNote): Promise<void> {
  const fields = Object.entries(note).flatMap(([name, value]) =>
    value === null ? [] : [name, value.slice(0, LONGEST)],
  );
  const keep = await readAuditKeep(deps);
  const { client, prefix } = deps;
  const id = await client.xadd(auditKey(prefix), 'MAXLEN', '~', keep.count, '*', ...fields);
  await removeOld(deps, keep, Number.parseInt(id ?? '', 10));
}

/** Removes the notes that are older than is kept; resolves with how many. */
export async function trimAudit(deps: AuditDeps): Promise<number> {
  const [keep, [seconds]] = await Promise.all([readAuditKeep(deps), deps.client.time()]);
  return removeOld(deps, keep, Number(seconds) * 1_000);
}

async function removeOld({ client, prefix }: AuditDeps, { days }: AuditKeep, now: number): Promise<number> {
  if (days === null || !isWhole(now, 0)) return 0;
  return client.xtrim(auditKey(prefix), 'MINID', String(Math.max(0, now - days * DAY_MS)));
}

/** Reads how much is kept. */
export async function readAuditKeep({ client, prefix }: AuditDeps): Promise<AuditKeep> {
  const stored = readOwnAmong<Partial<AuditKeep> | null>((await client.get(auditKeepKey(prefix))) ?? 'null');
  const { count, days = null } = stored ?? {};
  return isWhole(count, 1) && (days === null || isWhole(days, 1)) ? { count, days } : AUDIT_KEEP;
}

/** Says how much is to be kept, for all who write. */
export async function writeAuditKeep(deps: AuditDeps, keep: AuditKeep): Promise<void> {
  const before = await readAuditKeep(deps);
  if (before.count === keep.count && before.days === keep.days) return;
  await deps.client.set(auditKeepKey(deps.prefix), JSON.stringify(keep));
}

/** Which notes are read: those before the note `before`, and between two times, epoch ms; null for no bound. */
export interface AuditSpan {
  before: string | null;
  /** The first ms that is wanted, and the first that is not any more. */
  from: number | null;
  to: number | null;
}

/** Reads up to `count` notes of a span, newest first. */
export async function readAudit(
  { client, prefix }: AuditDeps,
  { before, from, to, count }: AuditSpan & { count: number },
): Promise<AuditEntry[]> {
  const isBefore = before !== null && (to === null || Number.parseInt(before, 10) < to);
  const end = isBefore ? `(${before}` : to === null ? '+' : `(${to}-0`;
  // Redis knows nothing before its first id.
  if (/^\(0+-0+$/.test(end)) return [];
  const entries = await client.xrevrange(auditKey(prefix), end, String(from ?? '-'), 'COUNT', count);
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
