import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import convict from 'convict';
import { ALERT_RULES_RULE, parseAlertRule } from './alert-settings.ts';
import {
  LEAST_SECRET_BYTES,
  MOST_PER_SECOND,
  parseApiKey,
  parseKeyDurabilities,
  parseKeyRates,
} from './config-api-keys.ts';
import { parseList } from './config-list.ts';
import { isSafeUrl, parseGroupRole } from './config-sign-in-formats.ts';
import { parseSources, SOURCES_RULE } from './config-sources.ts';
import { ApiaryError } from './errors.ts';
import { KEYRING_RULE, parseKeyring } from './keyring.ts';
import { type MonitorRole, parseRole } from './monitor-rights.ts';
import { isName, isVersionName, MOST_VERSION_LENGTH } from './names.ts';
import { isPostgresUrl, POSTGRES_URL_RULE } from './postgres-url.ts';
import { parseQuietHours, QUIET_HOURS_RULE } from './quiet-hours.ts';
import { parseRedisUrl } from './redis/url.ts';

/** A queue to serve, and its share of the worker's slots against the other queues. */
export interface QueueWeight {
  readonly name: string;
  readonly weight: number;
}

/** A user of the monitor: the password as `scrypt$<N>$<r>$<p>$<salt base64url>$<key base64url>`. */
export interface MonitorUserSetting extends MonitorRole {
  readonly name: string;
  readonly passwordHash: string;
}

/**
 * The form of a setting: the words for what is allowed, and the value of a text or undefined when it has not the form.
 */
export interface ConfigFormat {
  readonly allowed: string;
  readonly parse: (text: string) => unknown;
  /** Whether it is a list with commas between the items; default false. */
  readonly isList?: true;
}

const MOST_PROCESSES = 256;
const REDIS_URLS =
  'redis://host:port/db, rediss://host:port/db, redis-socket:///path, redis-sentinel://h1:p,h2:p/db?master=name or redis-cluster://h1:p,h2:p, each with user:password@ if need be';

/** The forms of settings that convict does not have, by the name under which the schema refers to them. */
export const CONFIG_FORMATS: Readonly<Record<string, ConfigFormat>> = {
  'redis-url': { allowed: REDIS_URLS, parse: parseRedis },
  'postgres-url': {
    allowed: POSTGRES_URL_RULE,
    parse: (text) => (isPostgresUrl(text) ? text : undefined),
  },
  'tcp-port': wholeNumber(0, 65_535),
  concurrency: wholeNumber(1, 10_000),
  processes: {
    allowed: `a whole number from 1 to ${MOST_PROCESSES}, or auto for one for each core`,
    parse: parseProcesses,
  },
  'percent-reserve': wholeNumber(0, 50),
  'audit-count': wholeNumber(1, 10_000_000),
  'audit-days': wholeNumber(1, 36_500),
  'memory-mb': wholeNumber(64, 1_048_576),
  'timer-ms': wholeNumber(0, 2 ** 31 - 1),
  'true-false': { allowed: 'true, false', parse: (text) => parseWord(text, 'true', 'false') },
  'on-off': { allowed: 'on, off', parse: (text) => parseWord(text, 'on', 'off') },
  host: { allowed: 'a host name or an IP address, without a port', parse: parseHost },
  'host-names': {
    allowed: 'a list of host names without ports, *.name for all below a name, or * for any',
    parse: parseHostNames,
  },
  'file-path': { allowed: 'a path without control characters', parse: matching(/^\P{Cc}+$/u) },
  'key-prefix': {
    allowed: '1 to 128 characters without spaces or braces',
    parse: matching(/^[^\s{}]{1,128}$/),
  },
  'version-name': {
    allowed: `${MOST_VERSION_LENGTH} characters at most, without control or bidirectional characters`,
    parse: (text) => (isVersionName(text) ? text : undefined),
  },
  'queue-weights': {
    allowed: 'a list name=weight,name=weight of different queues, each weight a whole number from 1 up',
    parse: (text) => parseList(text, parseQueueWeight),
  },
  'api-keys': {
    allowed:
      'a list name:secret,name:secret:scopes:queues of different names of up to 100 characters, without spaces, the secrets in ASCII without colons, the scopes some of add+read+operate, the queues such as mail+shop-*',
    parse: (text) => parseList(text, parseApiKey),
    isList: true,
  },
  'key-rates': {
    allowed: `a whole number of calls per second from 1 to ${MOST_PER_SECOND}, or a list name=calls,name=calls with * for all others`,
    parse: parseKeyRates,
  },
  'key-durabilities': {
    allowed:
      'replicas:milliseconds, the replicas from 1 to 100 and the milliseconds from 1 to 5000, with :disk behind them where disks are meant (the replicas from 0 then), or a list name=replicas:milliseconds with * for all others',
    parse: parseKeyDurabilities,
  },
  'monitor-users': {
    allowed:
      'a list name:hash:role,name:hash:role:queues of different names of up to 100 characters, the hash scrypt$N$r$p$salt$key, the role viewer or operator, the queues such as mail+shop-*, and further role:queues behind them',
    parse: (text) => parseList(text, parseMonitorUser),
    isList: true,
  },
  'monitor-sources': { allowed: SOURCES_RULE, parse: parseSources, isList: true },
  'group-roles': {
    allowed:
      'a list group=role,group=role:queues of different groups of up to 100 characters, the role viewer or operator, the queues such as mail+shop-*',
    parse: (text) => parseList(text, parseGroupRole),
    isList: true,
  },
  'issuer-url': {
    allowed: 'an https: address without a query, or an http: one of this machine',
    parse: (text) => (isSafeUrl(text, { mayHavePath: true }) ? text : undefined),
  },
  'origin-url': {
    allowed: 'an https: address without a path, or an http: one of this machine',
    parse: (text) => (isSafeUrl(text, { mayHavePath: false }) ? new URL(text).origin : undefined),
  },
  'oidc-text': {
    allowed: '1 to 200 characters without spaces',
    parse: matching(/^[\x21-\x7e]{1,200}$/),
  },
  'oidc-secret': {
    allowed: `${LEAST_SECRET_BYTES} to 500 characters without spaces`,
    parse: matching(/^[\x21-\x7e]{16,500}$/),
  },
  'oidc-scope': {
    allowed: 'words with a space between them, openid among them',
    parse: matching(/^(?=(?:.* )?openid(?: |$))[\x21-\x7e]+(?: [\x21-\x7e]+)*$/),
  },
  'session-minutes': wholeNumber(1, 1_440),
  'session-hours': wholeNumber(1, 720),
  'encryption-keys': {
    allowed: KEYRING_RULE,
    parse: (text) => (parseKeyring(text) ? text : undefined),
    isList: true,
  },
  'signing-key': {
    allowed: '24 to 64 bytes in base64, with or without whsec_ before it',
    parse: parseSigningKey,
  },
  'webhook-url': {
    allowed: 'a complete http or https URL of up to 2,048 characters, without user and password',
    parse: parseWebhookUrl,
  },
  'alert-rules': { allowed: ALERT_RULES_RULE, parse: (text) => parseList(text, parseAlertRule) },
  'quiet-hours': { allowed: QUIET_HOURS_RULE, parse: parseQuietHours },
};

/** Makes the forms known to convict. */
export function addConfigFormats(): void {
  for (const [name, { allowed, parse }] of Object.entries(CONFIG_FORMATS)) {
    convict.addFormat({
      name,
      // A text that has not the form stays as it is, and it is for `validate` to say so.
      coerce: (text: string) => parse(text) ?? text,
      validate: (value: unknown) => {
        if (typeof value === 'string' && parse(value) !== value) throw new Error(allowed);
      },
    });
  }
}

function matching(pattern: RegExp): (text: string) => string | undefined {
  return (text) => (pattern.test(text) ? text : undefined);
}

function wholeNumber(lowest: number, highest: number): ConfigFormat {
  const parse = (text: string): number | undefined => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= lowest && value <= highest ? value : undefined;
  };
  return { allowed: `a whole number from ${lowest} to ${highest}`, parse };
}

function parseProcesses(text: string): number | undefined {
  const most = Math.min(availableParallelism(), MOST_PROCESSES);
  return text === 'auto' ? most : Number(wholeNumber(1, MOST_PROCESSES).parse(text)) || undefined;
}

function parseWord(text: string, yes: string, no: string): boolean | undefined {
  if (text === yes) return true;
  return text === no ? false : undefined;
}

function parseHost(text: string): string | undefined {
  // A name of digits and dots alone is an address gone wrong, which some resolvers read as another one.
  const isName = /^(?![\d.]+$)[a-z\d](?:[a-z\d._-]{0,251}[a-z\d])?$/i.test(text);
  return isName || isIP(text) !== 0 ? text : undefined;
}

function parseHostNames(text: string): string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  const isWhole = names.every((name) => name === '*' || parseHost(name.replace(/^\*\./, '')) !== undefined);
  return isWhole ? names : undefined;
}

function parseRedis(text: string): string | undefined {
  try {
    parseRedisUrl(text);
    return text;
  } catch (error) {
    if (error instanceof ApiaryError) return undefined;
    throw error;
  }
}

function parseSigningKey(text: string): string | undefined {
  const encoded = text.replace(/^whsec_/, '');
  const bytes = Buffer.from(encoded, 'base64');
  // Node's decoder skips what is no base64; only the round trip tells.
  return bytes.toString('base64') === encoded && bytes.length >= 24 && bytes.length <= 64 ? text : undefined;
}

/** As the data of a webhook job has to be. */
function parseWebhookUrl(text: string): string | undefined {
  // What a URL may hold beside is mended in silence by who reads it.
  if (text.length > 2_048 || !/^https?:\/\/[\x21-\x7e]+$/i.test(text) || !URL.canParse(text))
    return undefined;
  const { username, password } = new URL(text);
  return username === '' && password === '' ? text : undefined;
}

function parseQueueWeight(item: string): QueueWeight | undefined {
  const [, name, digits] = /^(.+)=(\d{1,15})$/s.exec(item) ?? [];
  const weight = Number(digits);
  return isName(name) && weight >= 1 ? { name, weight } : undefined;
}

function parseMonitorUser(item: string): MonitorUserSetting | undefined {
  const [, name, passwordHash, text = ''] =
    /^([^\s:\p{Cc}]{1,100}):(scrypt(?:\$\d{1,7}){3}(?:\$[\w-]+){2}):(.+)$/u.exec(item) ?? [];
  const role = parseRole(text);
  return name === undefined || passwordHash === undefined || !role
    ? undefined
    : { name, passwordHash, ...role };
}
