import { ApiaryError } from './errors.ts';
import { parseRedisUrl } from './redis/url.ts';
import { isSourceName, OWN_SOURCE } from './source-names.ts';

/** A further Redis server that the monitor shows. */
export interface SourceSetting {
  readonly name: string;
  readonly url: string;
  /** Whether nobody may change anything there through this monitor. */
  readonly readOnly: boolean;
}

const MOST_SOURCES = 50;
/** Of our own server, and what stands at the same place in addresses of Arena. */
const TAKEN: readonly string[] = [OWN_SOURCE, 'default', 'api', 'flows', 'vendor'];
/** Between two items. Other commas are those of a URL with several hosts. */
const BETWEEN = /,(?=[^,=]*=\s*redis[a-z-]*:)/i;

/** What a list of servers is to be like. */
export const SOURCES_RULE = `a list name=url,name:read-only=url of up to ${MOST_SOURCES} different names of up to 40 lower-case letters, digits, dots, dashes and underscores, none of them ${TAKEN.join(', ')}, each URL as that of REDIS_URL, with %2C for a comma that is not between hosts`;

/** Reads such a list; undefined for what is none. */
export function parseSources(text: string): SourceSetting[] | undefined {
  const sources = text.split(BETWEEN).map((item) => parseSource(item.trim()));
  if (!sources.every((source) => source !== undefined)) return undefined;
  const isWhole =
    sources.length <= MOST_SOURCES && new Set(sources.map(({ name }) => name)).size === sources.length;
  return isWhole ? sources : undefined;
}

function parseSource(item: string): SourceSetting | undefined {
  const [, name = '', mark, url = ''] = /^([^=:]+)(:read-only)?=\s*(.+)$/s.exec(item) ?? [];
  if (!isSourceName(name) || TAKEN.includes(name) || !isRedisUrl(url)) return undefined;
  return { name, url, readOnly: mark !== undefined };
}

function isRedisUrl(url: string): boolean {
  // Of one host it would be part of a name or a path, and so may be what was meant as a further item.
  if (url.includes(',') && !/^redis-(?:sentinel|cluster):/i.test(url)) return false;
  try {
    parseRedisUrl(url);
    return true;
  } catch (error) {
    if (error instanceof ApiaryError) return false;
    throw error;
  }
}
