import { coversAll, coversQueue, parseRights } from './key-rights.ts';

/** Of which queues somebody sees what is there, and in which they may change it; named as those of a key. */
export interface QueueRights {
  readonly sees: readonly string[];
  readonly changes: readonly string[];
}

/** What a user of the monitor is: a viewer looks, an operator steers too, in all queues or those of the rights. */
export interface MonitorRole {
  /** The highest that they are anywhere. */
  readonly role: 'viewer' | 'operator';
  /** Left out for all queues. */
  readonly rights?: QueueRights;
}

/** Those of whom nothing is said, and of whoever only looks. */
export const ALL_QUEUES: QueueRights = { sees: ['*'], changes: ['*'] };
const ALL_SEEN: QueueRights = { sees: ['*'], changes: [] };

const MOST_GRANTS = 20;
const GRANT = /^(viewer|operator)(?::([^:]+))?$/;

/** Whether a queue is among those that are seen. */
export function seesQueue({ sees }: QueueRights, queue: string): boolean {
  return coversQueue({ queues: sees }, queue);
}

/** Whether a queue is among those in which something may be changed. */
export function changesQueue({ changes }: QueueRights, queue: string): boolean {
  return coversQueue({ queues: changes }, queue);
}

/** Whether the rights are other ones for some queues than for the rest. */
export function isNarrow({ sees, changes }: QueueRights): boolean {
  return !coversAll({ queues: sees }) || (changes.length > 0 && !coversAll({ queues: changes }));
}

/** What a user of a role may do. */
export function rightsOfRole({ role, rights }: MonitorRole): QueueRights {
  return rights ?? (role === 'operator' ? ALL_QUEUES : ALL_SEEN);
}

/**
 * Reads a role as settings have it, `operator`, with its queues, `operator:mail+shop-*`, and with others behind it:
 * `viewer:*:operator:mail`. Undefined for what is none.
 */
export function parseRole(text: string): MonitorRole | undefined {
  // A role begins each grant; a queue of such a name would stand behind one.
  const parts = text.split(':');
  const grants = parts.length === 1 ? [text] : inPairs(parts);
  if (grants.length > MOST_GRANTS) return undefined;
  const read = grants.map(parseGrant);
  return read.every((one) => one !== undefined) ? joined(read) : undefined;
}

/** Several roles as one: whoever has them may do what any of them may. */
export function joined(roles: readonly MonitorRole[]): MonitorRole {
  const all = roles.map(rightsOfRole);
  const sees = [...new Set(all.flatMap((one) => one.sees))];
  const changes = [...new Set(all.flatMap((one) => one.changes))];
  const role = changes.length > 0 ? 'operator' : 'viewer';
  return isNarrow({ sees, changes }) ? { role, rights: { sees, changes } } : { role };
}

function inPairs(parts: readonly string[]): string[] {
  return parts.flatMap((part, at) =>
    at % 2 === 0 ? [[part, ...parts.slice(at + 1, at + 2)].join(':')] : [],
  );
}

function parseGrant(text: string): MonitorRole | undefined {
  const [, role, queuesText] = GRANT.exec(text) ?? [];
  const queues = parseRights('', queuesText)?.queues;
  if (role === undefined || queues === undefined) return undefined;
  return role === 'operator'
    ? { role, rights: { sees: queues, changes: queues } }
    : { role: 'viewer', rights: { sees: queues, changes: [] } };
}
