import { type MonitorRole, parseRole } from './monitor-rights.ts';

/** What who is of a group, by its name, may do at the monitor. */
export interface GroupRoleSetting extends MonitorRole {
  readonly name: string;
}

/** Reads `group=role:queues`; undefined for what is none. */
export function parseGroupRole(item: string): GroupRoleSetting | undefined {
  const [, name, text = ''] = /^([^=,\p{Cc}]{1,100})=(.+)$/u.exec(item) ?? [];
  const role = parseRole(text);
  return name === undefined || !role ? undefined : { name, ...role };
}

/**
 * Whether an address is one by https, or one of this machine: plain HTTP lets others read along. It has neither a user
 * nor a query, and a path only where it may.
 */
export function isSafeUrl(text: string, { mayHavePath }: { mayHavePath: boolean }): boolean {
  if (text.length > 500 || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash, pathname } = new URL(text);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const isBare = [username, password, search, hash].every((part) => part === '');
  const hasPath = pathname !== '/' && pathname !== '';
  return isBare && (protocol === 'https:' || (protocol === 'http:' && isLocal)) && (mayHavePath || !hasPath);
}
