/** How many shards a queue has at most. */
export const MOST_SHARDS = 64;

/** How many characters the name of a queue may have that is to have shards: theirs are a little longer. */
export const MOST_SHARDED_NAME = 125;

/** Names a shard of a queue, from 0: the first is the queue under its own name, and each is a queue like any other. */
export function shardName(queue: string, at: number): string {
  return at === 0 ? queue : `${queue}~${at}`;
}

/** Whether a queue may be a shard by its name: only the records of queues tell. */
export function mayBeShard(name: string): boolean {
  return /~[1-9]\d?$/.test(name);
}

/** Names the first shards of a queue, in their order. */
export function shardNames(queue: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => shardName(queue, at));
}

/**
 * Tells which of so many shards a text leads to, from 0: the one for which the text draws the highest lot. So a shard
 * that is added takes its part of all the others, and nothing else moves.
 */
export function shardOf(text: string, shards: number): number {
  const drawn = hashOf(text);
  let best = 0;
  let highest = -1;
  for (let at = 0; at < shards; at++) {
    const lot = mixed(drawn ^ Math.imul(at + 1, GOLDEN));
    if (lot <= highest) continue;
    highest = lot;
    best = at;
  }
  return best;
}

const GOLDEN = 0x9e3779b1;

/** FNV-1a over the UTF-16 units, two bytes each. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash;
}

/** The end of MurmurHash3: each bit of what goes in changes half of those that come out. */
function mixed(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
