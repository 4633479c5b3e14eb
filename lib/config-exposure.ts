import { BlockList, isIP } from 'node:net';
import type { Config, Role } from './config.ts';
import { rejectSettings } from './config-problems.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Checks that none of the roles to be run is open to strangers. Throws CONFIG_INVALID for one that listens on another
 * than a loopback host without keys or users, unless its auth is off.
 */
export function requireSafeExposure(config: Config, roles: readonly Role[]): void {
  const servers = [
    { role: 'api', settings: config.api, list: 'API_KEYS', isGuarded: config.api.keys.length > 0 },
    {
      role: 'monitor',
      settings: config.monitor,
      list: 'MONITOR_USERS',
      isGuarded: config.monitor.users.length > 0 || config.signIn.issuer !== null,
    },
  ] as const;
  const open = servers.filter(
    ({ role, settings, isGuarded }) =>
      roles.includes(role) && settings.auth && !isGuarded && !isLoopback(settings.host),
  );
  rejectSettings(
    open.map(({ role, settings, list }) => {
      const name = role.toUpperCase();
      const message = `${name}_HOST is ${JSON.stringify(settings.host)}, where others can reach it; allowed: a loopback host, or ${list} set, or ${name}_AUTH=off`;
      return { path: `${name}_HOST`, message };
    }),
  );
}

function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === 'localhost';
  return LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}
