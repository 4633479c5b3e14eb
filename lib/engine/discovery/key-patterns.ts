import type { KeyName } from '../keys.ts';

/** The keys by which a queue is found: it holds jobs, has schedules, or is paused or limited. */
export type TellingKey = 'jobs' | 'schedules' | 'meta';

/** What a key that was found tells: of which queue it is, and which of its keys. */
export interface FoundKey {
  queue: string;
  key: TellingKey;
}

const TELLING_KEYS: readonly TellingKey[] = ['jobs', 'schedules', 'meta'];
/** Within the keys of a queue, behind these stand names that callers chose, which may be those of keys. */
const NAMED_KEYS = /:(?:claims|unique|line|batch|flow|group|handover)(?::|$)/;

/** A pattern that finds the keys that tell of queues, and others that end like them, and what reads such a key. */
export function queueDiscovery(prefix: string): { pattern: string; read(key: string): FoundKey | null } {
  // Redis knows no choice of words: this lets `jobs`, `meta` and `schedules` through, and little else.
  return discovery(prefix, '[jms][oec]*', TELLING_KEYS);
}

/** The same for keys that may be left of a queue whose jobs have gone. */
export function leftoverDiscovery(prefix: string): {
  pattern: string;
  read(key: string): { queue: string } | null;
} {
  return discovery(prefix, '[bfe][alv]*', ['batchIndex', 'flowIndex', 'eventLog']);
}

function discovery<Key extends KeyName>(
  prefix: string,
  ends: string,
  wanted: readonly Key[],
): { pattern: string; read(key: string): { queue: string; key: Key } | null } {
  const start = `${prefix}:`;
  return {
    pattern: `${toLiteral(start)}*:${ends}`,
    read: (key) => {
      const at = key.lastIndexOf(':');
      const found = wanted.find((one) => one === key.slice(at + 1));
      if (found === undefined || at < start.length || !key.startsWith(start)) return null;
      const queue = toQueueName(key.slice(start.length, at));
      return queue === null ? null : { queue, key: found };
    },
  };
}

/** In a cluster the name stands in braces; what comes behind those, or behind a key with names, is no end of a name. */
function toQueueName(part: string): string | null {
  const [, tagged] = /^\{(.+)\}$/.exec(part) ?? [];
  const name = tagged ?? part;
  const isOurs = name.startsWith('{:') || (tagged === undefined && NAMED_KEYS.test(name));
  return name === '' || isOurs ? null : name;
}

/** Spells a name so that a pattern takes it to the letter. */
export function toLiteral(name: string): string {
  return name.replace(/[*?[\]\\^]/g, '\\$&');
}
