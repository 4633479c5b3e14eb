import type { PartEntry, ScriptEntry } from './script-entry.ts';
import { EVENT_PARTS, EVENTS } from './scripts/events.ts';
import { GROUP_PARTS, GROUPS } from './scripts/groups.ts';
import { LIMIT_PARTS, LIMITS } from './scripts/limits.ts';
import { LINK_PARTS, LINKS } from './scripts/links.ts';
import { QUERIES } from './scripts/queries.ts';
import { RELAY } from './scripts/relay.ts';
import { REPAIRS } from './scripts/repairs.ts';
import { SAVE, SAVE_PARTS } from './scripts/save.ts';
import { SCHEDULE_PARTS, SCHEDULES } from './scripts/schedules.ts';
import { SESSION, SESSION_PARTS } from './scripts/session.ts';
import { SHARD_PARTS, SHARDS } from './scripts/shards.ts';
import { SHARED_PARTS } from './scripts/shared.ts';
import { SIGNAL_PARTS, SIGNALS } from './scripts/signals.ts';
import { TIMES } from './scripts/times.ts';
import { TRANSFER, TRANSFER_PARTS } from './scripts/transfer.ts';
import { UNIQUE, UNIQUE_PARTS } from './scripts/unique.ts';
import { UPKEEP } from './scripts/upkeep.ts';

/** Every script that Redis is sent, by the name of its file. */
export const SCRIPTS = {
  ...SAVE,
  ...SESSION,
  ...LIMITS,
  ...LINKS,
  ...UNIQUE,
  ...GROUPS,
  ...SIGNALS,
  ...SCHEDULES,
  ...UPKEEP,
  ...QUERIES,
  ...TIMES,
  ...REPAIRS,
  ...EVENTS,
  ...TRANSFER,
  ...RELAY,
  ...SHARDS,
} as const satisfies Record<string, ScriptEntry>;

/** Every other file: functions that scripts call. */
export const PARTS: Readonly<Record<string, PartEntry>> = {
  ...SHARED_PARTS,
  ...SAVE_PARTS,
  ...SESSION_PARTS,
  ...LIMIT_PARTS,
  ...LINK_PARTS,
  ...UNIQUE_PARTS,
  ...GROUP_PARTS,
  ...SIGNAL_PARTS,
  ...SCHEDULE_PARTS,
  ...EVENT_PARTS,
  ...TRANSFER_PARTS,
  ...SHARD_PARTS,
};
