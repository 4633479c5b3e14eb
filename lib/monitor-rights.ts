import { coversAll, coversQueue, parseRights } from './key-rights.ts';
import { isSourceName } from './source-names.ts';

/** Of which queues somebody sees what is there, and in which they may change it; named as those of a key. */
export interface QueueRights {
  readonly sees: readonly string[];
  readonly changes: readonly string[];
}

/** Rights on one of several Redis servers. */
export interface ServerRights extends QueueRights {
  readonly server: string;
}

/** What a user of the monitor is: a viewer looks, an operator steers too, in all queues or those of the rights. */
export interface MonitorRole {
  /** The highest that they are anywhere. */
  readonly role: 'viewer' | 'operator';
  /** On every Redis server; left out for all queues. */
  readonly rights?: QueueRights;
  /** Beside those, on some of the servers; left out for none. */
  readonly servers?: readonly ServerRights[];
}

/** Whoever the monitor asks for no user. */
export const EVERYBODY: MonitorRole = { role: 'operator' };

/** Those of whom nothing is said, and of whoever only looks. */
export const ALL_QUEUES: QueueRights = { sees: ['*'], changes: ['*'] };
const ALL_SEEN: QueueRights = { sees: ['*'], changes: [] };
const NOTHING: QueueRights = { sees: [], changes: [] };

const MOST_GRANTS = 20;
const GRANT = /^(viewer|operator)(?:@([^:@]+))?(?::([^:]+))?$/;
const BETWEEN = '+';

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

/** What a user of a role may do on a Redis server. */
export function rightsOn(role: MonitorRole, server: string): QueueRights {
  const own = role.servers?.filter((one) => one.server === server) ?? [];
  return own.length === 0 ? rightsAnywhere(role) : added([rightsAnywhere(role), ...own]);
}

/** What they may do on each, whatever it is called. */
function rightsAnywhere({ role, rights }: MonitorRole): QueueRights {
  return rights ?? (role === 'operator' ? ALL_QUEUES : ALL_SEEN);
}

function added(all: readonly QueueRights[]): QueueRights {
  const sees = [...new Set(all.flatMap((one) => one.sees))];
  const changes = [...new Set(all.flatMap((one) => one.changes))];
  return { sees, changes };
}

/**
 * Reads a role as settings have it, `operator`, with its queues, `operator:mail+shop-*`, on some servers only,
 * `operator@eu+us:mail`, and with others behind it: `viewer:*:operator:mail`. Undefined for what is none.
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
  const rights = added(roles.map(rightsAnywhere));
  const servers = roles.flatMap((one) => one.servers ?? []);
  const role = [rights, ...servers].some(({ changes }) => changes.length > 0) ? 'operator' : 'viewer';
  // An operator of some servers may only look at the others.
  const isPlain =
    !isNarrow(rights) && (servers.length === 0 || role === 'viewer' || rights.changes.length > 0);
  return { role, ...(!isPlain && { rights }), ...(servers.length > 0 && { servers }) };
}

function inPairs(parts: readonly string[]): string[] {
  return parts.flatMap((part, at) =>
    at % 2 === 0 ? [[part, ...parts.slice(at + 1, at + 2)].join(':')] : [],
  );
}

function parseGrant(text: string): MonitorRole | undefined {
  const [, role, serversText, queuesText] = GRANT.exec(text) ?? [];
  const queues = parseRights('', queuesText)?.queues;
  const servers = serversText?.split(BETWEEN) ?? [];
  if (role === undefined || queues === undefined || !servers.every(isSourceName)) return undefined;
  const rights = { sees: queues, changes: role === 'operator' ? queues : [] };
  const own: MonitorRole = { role: role === 'operator' ? 'operator' : 'viewer', rights };
  if (servers.length === 0) return own;
  return { ...own, rights: NOTHING, servers: servers.map((server) => ({ server, ...rights })) };
}
