import type { RedisClient } from '../../lib/engine/scripts.ts';
import type { KeyOfKind } from './wrong-keys.ts';

/** What is written into a key: a text, bytes, or what is made of the queue that it is in. */
type Value = string | Buffer | ((queue: string) => string);

const TYPES = ['string', 'list', 'set', 'zset', 'hash', 'stream'] as const;

const NESTED = 5_000;
/** A record that is JSON, with nothing in its options that belongs there. */
const ODD_OPTIONS =
  '"timestamp":"x","retries":"many","timeout":-5,"delay":{},"backoff":[1],"type":{},"run":"x","errors":5,' +
  '"stacktraces":{"a":1},"logs":7,"links":3,"waits":9,"once":[],"unique":[],"group":5,"key":7,"cost":"x",' +
  '"priority":"hi","schedule":1,"retention":"x","headers":4,"expiresAt":"x","deadlineAt":{}';

/** What stands where something else belongs, in keys of the right type. */
const VALUES = {
  'an empty text': '',
  'a word': 'x',
  'broken JSON': '{"a',
  null: 'null',
  'an empty list': '[]',
  'an empty object': '{}',
  'a JSON text': '"x"',
  'a very long text': 'x'.repeat(100_000),
  'bytes that are no UTF-8': Buffer.from([0xff, 0xfe, 0x80, 0x00, 0x31]),
  __proto__: '__proto__',
  NaN: 'NaN',
  'an infinite number': '1e999',
  'minus infinity': '-inf',
  'a number beyond 2^53': '9007199254740993',
  'a negative number': '-1',
  'a fraction': '1.5',
  'deep JSON': '['.repeat(NESTED) + ']'.repeat(NESTED),
  'a control character': '\u00014k',
  'text with colons': 'a:b:c',
  'a record without options': '{"data":1,"options":[],"status":"created","progress":0}',
  'a record with odd options': `{"data":1,"options":{${ODD_OPTIONS}},"status":7,"progress":[]}`,
  'a record with links that lead nowhere, and to itself': (queue) =>
    JSON.stringify({
      data: 1,
      options: {
        timestamp: 1,
        links: {
          batch: { id: 'x', queue },
          flow: { id: 'x', queue, step: 'x' },
          chain: {
            id: 'x',
            step: 'y',
            steps: -1,
            rest: [5, { queue, id: 'ghost', data: 1, options: {}, start: 'z' }],
          },
          follows: { queue, id: 'x' },
        },
        unique: { key: '', ttl: 'x' },
      },
      status: 'created',
      progress: 0,
    }),
} as const satisfies Record<string, Value>;

/** Every kind of garbage that a key is replaced by, or filled with. */
export const GARBAGE = [
  ...TYPES,
  ...(Object.keys(VALUES) as (keyof typeof VALUES)[]),
  'its own, cut off',
  'ids twice, and of jobs that are not there',
] as const;

/** One of {@link GARBAGE}. */
export type Garbage = (typeof GARBAGE)[number];

/** Whether it is a value of another type. */
export function isOtherType(garbage: Garbage, { type }: KeyOfKind): boolean {
  return TYPES.some((one) => one === garbage) && garbage !== type;
}

/** Puts garbage under a key of a queue, in place of what is there or beside it. */
export async function putGarbage(
  client: RedisClient,
  { key, type }: KeyOfKind,
  { garbage, queue, jobs }: { garbage: Garbage; queue: string; jobs: string },
): Promise<void> {
  const other = TYPES.find((one) => one === garbage);
  if (other !== undefined) {
    if (other === type) return;
    await client.del(key);
    await write(client, { key, type: other }, ['x'], ['x']);
  } else if (garbage === 'its own, cut off') {
    await cutOff(client, { key, type });
  } else if (garbage === 'ids twice, and of jobs that are not there') {
    const ids = await client.hkeys(jobs);
    await write(client, { key, type }, [...ids, ...ids, 'ghost', 'ghost'], ['{"data":1,"options":{}}']);
  } else {
    // It is one of the values: all else came before.
    const value: Value = VALUES[garbage as keyof typeof VALUES];
    await fill(client, { key, type }, typeof value === 'function' ? value(queue) : value);
  }
}

type Place = Pick<KeyOfKind, 'key' | 'type'>;

/** Writes members of whatever type; the fields of a hash all get the first value. */
async function write(
  client: RedisClient,
  { key, type: kind }: Place,
  members: readonly (string | Buffer)[],
  values: readonly (string | Buffer)[],
): Promise<void> {
  const [first = ''] = members;
  const [value = ''] = values;
  switch (kind) {
    case 'string':
      return void (await client.call('SET', key, first));
    case 'list':
      return void (await client.call('RPUSH', key, ...members));
    case 'set':
      return void (await client.call('SADD', key, ...members));
    case 'zset':
      return void (await client.call('ZADD', key, ...members.flatMap((one, at) => [at, one])));
    case 'hash':
      return void (await client.call('HSET', key, ...members.flatMap((one) => [one, value])));
    case 'stream':
      return void (await client.call('XADD', key, '*', first, value));
    default:
      kind satisfies never;
  }
}

/** Lets a value stand for all that is there, and beside it under names that nobody gave. */
async function fill(client: RedisClient, { key, type }: Place, value: string | Buffer): Promise<void> {
  const fields = type === 'hash' ? await client.hkeys(key) : [];
  const members = type === 'zset' ? await client.zrange(key, 0, '-1') : [];
  const score = { '1e999': 'inf', '-inf': '-inf', '9007199254740993': value, '-1': '-1', '1.5': '1.5' }[
    String(value)
  ];
  if (type === 'hash') {
    await write(client, { key, type }, [...fields, '__proto__', '', 'ghost', value], [value]);
  } else if (type === 'zset') {
    await client.call('ZADD', key, ...[...members, value].flatMap((one) => [score ?? 1, one]));
  } else if (type === 'stream') {
    // Nothing can be added behind it.
    await client
      .call('XADD', key, '18446744073709551615-18446744073709551615', value, value)
      .catch(() => null);
  } else {
    await write(client, { key, type }, [value, value], [value]);
  }
}

async function cutOff(client: RedisClient, { key, type }: Place): Promise<void> {
  const half = (text: string): string => text.slice(0, Math.ceil(text.length / 2));
  if (type === 'hash') {
    const all = Object.entries(await client.hgetall(key));
    for (const [field, text] of all) await client.hset(key, field, half(text));
  } else if (type === 'string') {
    await client.set(key, half((await client.get(key)) ?? ''));
  } else {
    const ids = type === 'list' ? await client.lrange(key, 0, -1) : [];
    await write(client, { key, type }, [...ids.map(half), 'hal'], ['{"data":1,"opt']);
  }
}
