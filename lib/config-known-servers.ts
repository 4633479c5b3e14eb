import type { Config } from './config.ts';
import { rejectSettings } from './config-problems.ts';
import { OWN_SOURCE } from './source-names.ts';

/**
 * Checks that whoever is given rights on some Redis servers is given them on servers that the monitor shows. Throws
 * CONFIG_INVALID that names the first that is none.
 */
export function requireKnownServers({ monitor, signIn }: Pick<Config, 'monitor' | 'signIn'>): void {
  const known = [OWN_SOURCE, ...monitor.sources.map(({ name }) => name)];
  const lists = [
    { path: 'MONITOR_USERS', roles: monitor.users },
    { path: 'OIDC_ROLES', roles: signIn.roles },
  ];
  const problems = lists.flatMap(({ path, roles }) => {
    const servers = roles.flatMap((role) => role.servers ?? []).map(({ server }) => server);
    const strange = servers.find((server) => !known.includes(server));
    if (strange === undefined) return [];
    const message = `${path} gives rights on ${strange}, which is no Redis server here; allowed: ${known.join(', ')}`;
    return [{ path, message }];
  });
  rejectSettings(problems);
}
