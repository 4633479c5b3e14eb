import { type KeyType, SCRIPT_KEY_TYPES, type ScriptKeyName, type ScriptKeyType } from './key-types.ts';
import type { ScriptEntry } from './script-table.ts';

/** What counts a key of a type, and fails for one of another: the cheapest command that tells. */
const COUNTING = {
  list: 'LLEN',
  set: 'SCARD',
  zset: 'ZCARD',
  hash: 'HLEN',
  string: 'STRLEN',
} as const satisfies Record<KeyType, string>;

const TYPE_OF_COMMAND = Object.entries(COUNTING).map(([type, command]) => `${command} = '${type}'`);

/** Functions that every script may use; each stands only before those that do. */
const SHARED = {
  // Ends the script with an error that names the key, unless it is missing or of the type that the command counts.
  expect: `
local seen = {}
local function expect(command, key)
  if not key or seen[key] then return end
  local count = redis.pcall(command, key)
  if type(count) == 'table' then
    if count.err:sub(1, 9) ~= 'WRONGTYPE' then error({ err = count.err .. ' (' .. key .. '; nothing was changed)' }) end
    local types = { ${TYPE_OF_COMMAND.join(', ')} }
    local found = redis.call('TYPE', key).ok
    error({ err = 'WRONGTYPE ' .. key .. ' holds a ' .. found .. ', not a ' .. types[command] .. '; nothing was changed.' })
  end
  seen[key] = true
end`,
  // Counts in a hash, and anew where no number is stored.
  add: `
local function add(key, field, by)
  local sum = redis.pcall('HINCRBY', key, field, by)
  if type(sum) == 'number' then return sum end
  redis.call('HSET', key, field, by)
  return by
end`,
  // TIME, asked for once: it costs more than most commands.
  clock: `
local time = nil
local function clock()
  time = time or redis.call('TIME')
  return time
end`,
};

/**
 * Makes what Redis is sent of what a script does. Redis keeps what a script wrote before one of its commands failed, so
 * whatever can fail fails before the first write; here, an error about a type is made to name the key, which that of Redis
 * does not. `keys` and `each` are those that it may fail by.
 */
export function sourceOf(body: string, { keys, each = [] }: ScriptEntry): string {
  const shared = Object.entries(SHARED).filter(([name]) => body.includes(`${name}(`));
  return `${shared.map(([, lua]) => lua).join('\n')}
local function main(KEYS, ARGV)
${body}
end
local allKeys = KEYS
local isDone, reply = pcall(main, KEYS, ARGV)
if isDone then return reply end
local text = (type(reply) == 'table' and reply.err or tostring(reply)):gsub('^@?user_script: ?%d+: ', '')
if text:sub(1, 19) == 'WRONGTYPE Operation' then
  local first, each = { ${quoted(keys)} }, { ${quoted(each)} }
  for i = 1, #allKeys do
    local expected = first[i] or each[(i - #first - 1) % #each + 1] or 'any'
    local found = redis.call('TYPE', allKeys[i]).ok
    if found ~= 'none' and found ~= expected and expected ~= 'any' and expected ~= 'channel' and expected ~= 'start' then
      text = 'WRONGTYPE ' .. allKeys[i] .. ' holds a ' .. found .. ', not a ' .. expected .. '; nothing was changed.'
      break
    end
  end
end
return redis.error_reply(text:find('^%u+ ') and text or 'ERR ' .. tostring(reply))`;
}

/** Writes out the checks of the keys of a script but those that are checked already. */
export function checkKeys(
  { keys, each = [], optional = 0 }: ScriptEntry,
  checked: readonly ScriptKeyName[] = [],
): string {
  const lines = keys.flatMap((name, at) => {
    const key = `KEYS[${at + 1}]`;
    const count = checked.includes(name) ? '' : countOf(name, key);
    return at < keys.length - optional || count === '' ? count : `if ${key} then ${count} end`;
  });
  const repeated = each.map((name, at) => countOf(name, `KEYS[i + ${at}]`)).join(' ');
  if (repeated.trim() !== '')
    lines.push(`for i = ${keys.length + 1}, #KEYS, ${each.length} do ${repeated} end`);
  return lines.filter((line) => line !== '').join('\n');
}

function quoted(names: readonly ScriptKeyName[]): string {
  return names.map((name) => `'${SCRIPT_KEY_TYPES[name]}'`).join(', ');
}

function countOf(name: ScriptKeyName, key: string): string {
  const type = SCRIPT_KEY_TYPES[name];
  return isCounted(type) ? `redis.call('${COUNTING[type]}', ${key})` : '';
}

function isCounted(type: ScriptKeyType): type is KeyType {
  return type in COUNTING;
}
