import { SCRIPTS } from '../../lib/engine/script-table.ts';
import { commandOf } from '../../lib/engine/scripts.ts';
import { namesOf } from '../../lib/names-of.ts';
import type { RedisClient } from '../../lib/redis/connect.ts';

/** A call of a script that failed over a key of another type and changed something, or did not name the key. */
export interface Fault {
  script: string;
  key: string;
  type: string;
  what: string;
}

/** What was tried. */
export interface Sabotage {
  /** The scripts that were called, each with how many of its calls failed over a key of another type. */
  readonly failed: Map<string, number>;
  readonly faults: Fault[];
}

type Command = (this: RedisClient, ...args: (string | number)[]) => Promise<unknown>;

/** How many calls of each script are tried: the first ones of each shape. */
const SHAPES = 4;

const MAKE: Record<string, [command: string, ...args: string[]]> = {
  string: ['set', 'x'],
  list: ['rpush', 'x'],
  set: ['sadd', 'x'],
  zset: ['zadd', '1', 'x'],
  hash: ['hset', 'x', 'y'],
  stream: ['xadd', '*', 'x', 'y'],
};

/** A digest of everything in the database, in an order of its own: two are equal only where nothing was changed. */
const DIGEST = `
local function sorted(list, width)
  local parts = {}
  for i = 1, #list, width do parts[#parts + 1] = table.concat(list, '\\0', i, i + width - 1) end
  table.sort(parts)
  return table.concat(parts, '\\1')
end
local read = {
  string = function(key) return redis.call('GET', key) end,
  list = function(key) return table.concat(redis.call('LRANGE', key, 0, -1), '\\1') end,
  set = function(key) return sorted(redis.call('SMEMBERS', key), 1) end,
  zset = function(key) return sorted(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES'), 2) end,
  hash = function(key) return sorted(redis.call('HGETALL', key), 2) end,
  stream = function(key) return redis.call('DUMP', key) end,
}
local keys, all = redis.call('KEYS', '*'), {}
table.sort(keys)
for i = 1, #keys do
  local key, type = keys[i], redis.call('TYPE', keys[i]).ok
  all[i] = key .. ' ' .. type .. (redis.call('PTTL', key) >= 0 and ' ends ' or ' ') .. read[type](key)
end
return redis.sha1hex(table.concat(all, '\\2'))`;

/**
 * Before each call of a script by `client`, tries the same call with each of its keys, and of the keys that it makes or
 * finds by itself, replaced by each other type; where that fails, everything must be as it was. Has the server for itself.
 */
export function sabotage(client: RedisClient, raw: RedisClient): Sabotage {
  const found: Sabotage = { failed: new Map(), faults: [] };
  const seen = new Map<string, Set<string>>();
  let turn: Promise<unknown> = Promise.resolve();
  for (const script of namesOf(SCRIPTS)) {
    const { name, command } = commandOf(client, script);
    const real = command as unknown as Command; // It takes what is given below, laid out flat.
    const call = async (...args: (string | number)[]): Promise<unknown> => {
      const shapes = seen.get(script) ?? new Set();
      seen.set(script, shapes);
      const shape = shapeOf(args);
      if (!shapes.has(shape) && shapes.size < SHAPES) {
        shapes.add(shape);
        await tryAll({ client, raw, found }, script, { real, args });
      }
      return real.apply(client, args);
    };
    Reflect.set(client, name, (...given: (string | number | readonly (string | number)[])[]) => {
      const answer = turn.then(() => call(...given.flat()));
      turn = answer.catch(() => undefined);
      return answer;
    });
  }
  return found;
}

/** Calls alike in all but ids and numbers need not be tried twice. */
function shapeOf(args: readonly (string | number)[]): string {
  return args
    .map((arg) => (/^[A-Za-z-]{1,12}$/.test(String(arg)) ? arg : Math.min(1, String(arg).length)))
    .join();
}

async function tryAll(
  { client, raw, found }: { client: RedisClient; raw: RedisClient; found: Sabotage },
  script: string,
  { real, args }: { real: Command; args: (string | number)[] },
): Promise<void> {
  const before = await snapshot(raw);
  const given = args.slice(1, 1 + Number(args[0])).map(String);
  await real.apply(client, args).catch(() => undefined);
  const after = await raw.keys('*');
  await restore(raw, before);
  if (!found.failed.has(script)) found.failed.set(script, 0);
  // What a script is given the beginning of a name for is no key, and nobody has it; but that of locks names the throttles.
  const keys = new Set([
    ...given.filter((key) => !key.endsWith(':') || key.endsWith(':unique:')),
    ...before.map(({ key }) => key),
    ...after,
  ]);
  for (const key of keys) {
    const own = await raw.type(key);
    for (const [type, [command, ...more]] of Object.entries(MAKE)) {
      if (type === own) continue;
      // One connection takes them in this order: there are thousands, and nobody has to wait for each answer.
      const [old, error, now] = await Promise.all([
        digest(
          client
            .pipeline()
            .del(key)
            .call(command, key, ...more),
        ),
        real.apply(client, args).then(
          () => null,
          (thrown: Error) => thrown,
        ),
        digest(client.pipeline()),
      ]);
      const isSame = old === now;
      if (error !== null) {
        found.failed.set(script, (found.failed.get(script) ?? 0) + 1);
        if (!isSame) found.faults.push({ script, key, type, what: `changed something: ${error.message}` });
        else if (!error.message.includes(key)) found.faults.push({ script, key, type, what: error.message });
      }
      if (!isSame) await restore(raw, before);
    }
    await restoreOne(raw, before, key);
  }
}

/** Sends what is to be done before it along with it. */
async function digest(commands: ReturnType<RedisClient['pipeline']>): Promise<unknown> {
  const replies = await commands.eval(DIGEST, 0).exec();
  const [error, sum] = replies?.at(-1) ?? [new Error('there was no reply')];
  if (error) throw error;
  return sum;
}

interface Kept {
  key: string;
  dump: Buffer;
  ttlMs: number;
}

async function snapshot(raw: RedisClient): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const key of await raw.keys('*')) {
    const [dump, ttlMs] = await Promise.all([raw.dumpBuffer(key), raw.pttl(key)]);
    if (dump) kept.push({ key, dump, ttlMs });
  }
  return kept;
}

async function restore(raw: RedisClient, kept: readonly Kept[]): Promise<void> {
  const pipeline = raw.pipeline().flushall();
  for (const { key, dump, ttlMs } of kept) pipeline.restore(key, Math.max(0, ttlMs), dump);
  await pipeline.exec();
}

async function restoreOne(raw: RedisClient, kept: readonly Kept[], name: string): Promise<void> {
  const pipeline = raw.pipeline().del(name);
  for (const { key, dump, ttlMs } of kept) if (key === name) pipeline.restore(key, Math.max(0, ttlMs), dump);
  await pipeline.exec();
}
