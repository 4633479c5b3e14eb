import type { RedisClient } from '../engine/scripts.ts';

/** Names the keys that keep the time of a test: what it is, and when which keys of the test end. */
function timeKeys(prefix: string): { time: string; ends: string } {
  return { time: `${prefix}:{:time}:now`, ends: `${prefix}:{:time}:ends` };
}

/**
 * Stands before every script under the kit: the time that a script asks for, and the ends of keys that it sets, are
 * those of the test that its keys belong to. It finds that test by the prefix of the first key, so that the scripts of
 * all tests are the same, and Redis keeps them.
 */
export const KIT_TIME = `
local redis = (function(server)
  local start = (KEYS[1] or ''):match('^[^:]*:') or ''
  local timeKey, ends = start .. '{:time}:now', start .. '{:time}:ends'
  local now = nil
  local function ms()
    now = now or tonumber(server.call('GET', timeKey) or nil)
    if not now then error({ err = 'ERR the time of this test is gone from Redis; do not flush it, close the kit instead' }) end
    return now
  end
  local function endAt(key, time)
    if server.call('EXISTS', key) == 0 then return 0 end
    server.call('ZADD', ends, time, key)
    return 1
  end
  local own = {
    TIME = function()
      return { string.format('%.0f', math.floor(ms() / 1000)), string.format('%.0f', ms() % 1000 * 1000) }
    end,
    PEXPIREAT = function(key, time) return endAt(key, time) end,
    PEXPIRE = function(key, after) return endAt(key, ms() + after) end,
    PTTL = function(key)
      local time = server.call('ZSCORE', ends, key)
      if time then return time - ms() end
      return server.call('EXISTS', key) == 1 and -1 or -2
    end,
    SET = function(key, value, ...)
      local given, kept, time = { ... }, {}, nil
      local at = 1
      while at <= #given do
        if given[at] == 'PX' then time = ms() + given[at + 1]; at = at + 1
        elseif given[at] == 'PXAT' then time = given[at + 1]; at = at + 1
        else kept[#kept + 1] = given[at] end
        at = at + 1
      end
      local reply = server.call('SET', key, value, unpack(kept))
      if reply and time then server.call('ZADD', ends, time, key) end
      if reply and not time then server.call('ZREM', ends, key) end
      return reply
    end,
    DEL = function(...)
      server.call('ZREM', ends, ...)
      return server.call('DEL', ...)
    end,
  }
  local function call(name, ...)
    local ours = own[name]
    if ours then return ours(...) end
    return server.call(name, ...)
  end
  return setmetatable({ call = call }, { __index = server })
end)(redis)
`;

/** Moves the time that Redis has for a test (epoch ms); what ends until then is gone. */
export async function moveRedisTime(client: RedisClient, prefix: string, time: number): Promise<void> {
  const { time: timeKey, ends } = timeKeys(prefix);
  await client.set(timeKey, time);
  const over = await client.zrangebyscore(ends, '-inf', time);
  if (over.length === 0) return;
  await client.unlink(...over);
  await client.zremrangebyscore(ends, '-inf', time);
}

/** Lets a client answer the time of a test to whoever asks for it without a script. */
export function answerTime(client: RedisClient, now: () => number): void {
  const time = async (): Promise<[string, string]> => [
    String(Math.floor(now() / 1_000)),
    String((now() % 1_000) * 1_000),
  ];
  Object.defineProperty(client, 'time', { configurable: true, value: time });
}
