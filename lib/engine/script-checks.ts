import { type KeyType, SCRIPT_KEY_TYPES, type ScriptKeyName, type ScriptKeyType } from './key-types.ts';
import type { ScriptEntry } from './script-entry.ts';

/** What counts a key of a type, and fails for one of another: the cheapest command that tells. */
const COUNTING = {
  list: 'LLEN',
  set: 'SCARD',
  zset: 'ZCARD',
  hash: 'HLEN',
  string: 'STRLEN',
} as const satisfies Record<KeyType, string>;

/**
 * Makes what Redis is sent of what a script does. Redis keeps what a script wrote before one of its commands failed, so
 * whatever can fail fails before the first write; here, an error about a type is made to name the key, which that of
 * Redis does not. The keys are those that it may fail by.
 */
export function guarded(body: string, { keys, queues = [], others }: ScriptEntry): string {
  const each = others === undefined ? queues : [others];
  return `local function main()
${body}
end
local isDone, reply = pcall(main)
if isDone then return reply end
local text = (type(reply) == 'table' and reply.err or tostring(reply)):gsub('^@?user_script: ?%d+: ', '')
if text:sub(1, 19) == 'WRONGTYPE Operation' then
  local first, each = { ${quoted(keys)} }, { ${quoted(each)} }
  for i = 1, #KEYS do
    local expected = first[i] or each[(i - #first - 1) % #each + 1] or 'any'
    local found = redis.call('TYPE', KEYS[i]).ok
    if found ~= 'none' and found ~= expected and expected ~= 'any' and expected ~= 'channel' and expected ~= 'start' then
      text = 'WRONGTYPE ' .. KEYS[i] .. ' holds a ' .. found .. ', not a ' .. expected .. '; nothing was changed.'
      break
    end
  end
end
return redis.error_reply(text:find('^%u+ ') and text or 'ERR ' .. tostring(reply))`;
}

/** Writes out the checks of the keys that a script has a place for, and of those behind them. */
export function checkKeys({ queues = [], others }: ScriptEntry, keys: readonly ScriptKeyName[]): string {
  const lines = keys.map((name) => countOf(name, name));
  if (keys.length === 0) return '';
  const ofEach = queues.map((name) => countOf(name, `one.${name}`)).join(' ');
  if (ofEach.trim() !== '') lines.push(`for _, one in ipairs(queues) do ${ofEach} end`);
  const ofOther = others === undefined ? '' : countOf(others, 'one');
  if (ofOther !== '') lines.push(`for _, one in ipairs(others) do ${ofOther} end`);
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
