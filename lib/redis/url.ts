import { ApiaryError } from '../errors.ts';
import { namesOf } from '../names-of.ts';

/** Where Redis is and who we are there, in the options of ioredis. */
export type RedisTarget =
  | { kind: 'standalone'; options: (Address | { path: string }) & Login & { tls?: object } }
  | { kind: 'sentinel'; options: { sentinels: Address[]; name: string } & Login }
  | { kind: 'cluster'; nodes: Address[]; options: Credentials };

interface Address {
  host: string;
  port: number;
}

interface Credentials {
  username?: string;
  password?: string;
}

interface Login extends Credentials {
  db: number;
}

interface UrlParts {
  /** User name and password as written, or undefined. */
  login: string | undefined;
  /** Hosts as written, commas between them. */
  hosts: string;
  /** From the first slash on; empty when there is none. */
  path: string;
  query: URLSearchParams;
}

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;
const MOST_DBS = 2 ** 31 - 1;

const FORMS = {
  redis: 'redis://[user:password@]host[:port][/db]',
  rediss: 'rediss://[user:password@]host[:port][/db]',
  'redis-socket': 'redis-socket://[user:password@]/path/to/socket[?db=n]',
  'redis-sentinel': 'redis-sentinel://[user:password@]host[:port],host[:port][/db]?master=name',
  'redis-cluster': 'redis-cluster://[user:password@]host[:port],host[:port]',
} as const;

type Scheme = keyof typeof FORMS;

/**
 * Reads a Redis URL: `redis:`, `rediss:` (TLS), `redis-socket:`, `redis-sentinel:` or `redis-cluster:`. User names,
 * passwords, hosts and paths are percent-decoded; the port defaults to 6379, a Sentinel's to 26379, the db to 0.
 * Throws CONFIG_INVALID with the expected form and nothing of the URL itself: a malformed one may have its
 * password anywhere.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const scheme = schemeOf(url);
  try {
    const parts = splitUrl(url);
    return TARGETS[scheme](parts, toCredentials(parts.login));
  } catch (error) {
    const problem =
      error instanceof Malformed ? error.message : 'a percent sign is not followed by two digits';
    throw new ApiaryError('CONFIG_INVALID', `the Redis URL must have the form ${FORMS[scheme]}: ${problem}`);
  }
}

/** Names a target in logs: the URL without user name and password. */
export function describeTarget(target: RedisTarget): string {
  if (target.kind === 'cluster') return `redis-cluster://${target.nodes.map(describeAddress).join(',')}`;
  const { options } = target;
  if ('sentinels' in options) {
    return `redis-sentinel://${options.sentinels.map(describeAddress).join(',')}/${options.db}?master=${options.name}`;
  }
  if ('path' in options) return `redis-socket://${options.path}?db=${options.db}`;
  return `${options.tls ? 'rediss' : 'redis'}://${describeAddress(options)}/${options.db}`;
}

/** What is wrong with a URL; its message may quote nothing of it. */
class Malformed extends Error {}

function schemeOf(url: string): Scheme {
  const written = /^([a-z-]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const known = namesOf(FORMS).find((scheme) => scheme === written);
  if (known) return known;
  throw new ApiaryError(
    'CONFIG_INVALID',
    `the Redis URL must have one of the forms ${Object.values(FORMS).join(', ')}`,
  );
}

// Several hosts in one authority are more than the URL class of the platform reads.
function splitUrl(url: string): UrlParts {
  const [, authority = '', path = '', query = ''] =
    /^[a-z-]+:(?:\/\/([^/?#]*))?(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(url) ?? fail('it cannot be read');
  const at = authority.lastIndexOf('@');
  return {
    login: at < 0 ? undefined : authority.slice(0, at),
    hosts: authority.slice(at + 1),
    path,
    query: new URLSearchParams(query),
  };
}

type ToTarget = (parts: UrlParts, credentials: Credentials) => RedisTarget;

const TARGETS: Readonly<Record<Scheme, ToTarget>> = {
  redis: (parts, credentials) => ({ kind: 'standalone', options: toServer(parts, credentials) }),
  rediss: (parts, credentials) => ({
    kind: 'standalone',
    options: { ...toServer(parts, credentials), tls: {} },
  }),
  'redis-socket': (parts, credentials) => {
    requireParameters(parts, ['db']);
    if (parts.hosts !== '' || parts.path.length < 2) fail('the path of the socket must be absolute');
    const path = decodeURIComponent(parts.path);
    return { kind: 'standalone', options: { path, ...credentials, db: toDb(parts.query.get('db') ?? '') } };
  },
  'redis-sentinel': (parts, credentials) => {
    requireParameters(parts, ['master']);
    const name = parts.query.get('master') || fail('master is missing');
    const sentinels = toAddresses(parts.hosts, SENTINEL_PORT);
    return { kind: 'sentinel', options: { sentinels, name, ...credentials, db: toDb(parts.path.slice(1)) } };
  },
  'redis-cluster': (parts, credentials) => {
    requireParameters(parts, []);
    if (toDb(parts.path.slice(1)) !== 0) fail('a cluster has db 0 only');
    return { kind: 'cluster', nodes: toAddresses(parts.hosts, REDIS_PORT), options: credentials };
  },
};

function toServer(parts: UrlParts, credentials: Credentials): Address & Credentials & { db: number } {
  requireParameters(parts, []);
  if (parts.hosts.includes(',')) fail('it takes one host');
  return { ...toAddress(parts.hosts, REDIS_PORT), ...credentials, db: toDb(parts.path.slice(1)) };
}

function toCredentials(login: string | undefined): Credentials {
  if (login === undefined) return {};
  const colon = login.indexOf(':');
  if (colon < 0 || colon === login.length - 1) fail('a user name needs a password, after a colon');
  const username = decodeURIComponent(login.slice(0, colon));
  const password = decodeURIComponent(login.slice(colon + 1));
  return username === '' ? { password } : { username, password };
}

function toAddresses(hosts: string, defaultPort: number): Address[] {
  return hosts.split(',').map((host) => toAddress(host, defaultPort));
}

function toAddress(written: string, defaultPort: number): Address {
  const [, bracketed, plain = '', port] =
    /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(written) ?? fail('a host is missing or malformed');
  return { host: bracketed ?? decodeURIComponent(plain), port: toPort(port, defaultPort) };
}

function toPort(written: string | undefined, defaultPort: number): number {
  const port = written === undefined ? defaultPort : Number(written);
  return port >= 1 && port <= 65_535 ? port : fail('a port is a number from 1 to 65535');
}

function toDb(written: string): number {
  if (written === '') return 0;
  const db = /^\d+$/.test(written) ? Number(written) : Number.NaN;
  return db <= MOST_DBS ? db : fail('the db is a number from 0 up');
}

function requireParameters({ query }: UrlParts, known: readonly string[]): void {
  if ([...query.keys()].every((name) => known.includes(name))) return;
  fail(known.length === 0 ? 'it takes no parameters' : `the only parameter is ${known.join(', ')}`);
}

function describeAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function fail(problem: string): never {
  throw new Malformed(problem);
}
