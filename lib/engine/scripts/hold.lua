--[[
Puts jobs into active and claims them.

KEYS  1 active  2 jobs  3 claims of the incarnation  4 cancelled
ARGV  ids, at least one
Returns the ids as one JSON list; the records as one JSON list with a line for each, null where one is gone, or, when
        that would be long, as a list of Redis; and, where some were cancelled, a JSON list of their ids.

Relies on: a stored record is JSON, so many of them with commas between are JSON too: one text costs a fraction of a
reply each. take.lua and take-limited.lua call this one as `hold`.
]]
local active, jobs, claims, cancelled = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ids = ARGV

local LONG = 16 * 1024 * 1024

redis.call('LPUSH', active, unpack(ids))
redis.call('SADD', claims, unpack(ids))
local records = redis.call('HMGET', jobs, unpack(ids))
local length = 0
for i = 1, #ids do
  records[i] = records[i] or 'null'
  length = length + #records[i]
end
local all = length > LONG and records or '[\n' .. table.concat(records, ',\n') .. '\n]'
if redis.call('EXISTS', cancelled) == 1 then
  local isCancelled, named = redis.call('SMISMEMBER', cancelled, unpack(ids)), {}
  for i = 1, #ids do
    if isCancelled[i] == 1 then named[#named + 1] = ids[i] end
  end
  if #named > 0 then return cjson.encode(ids), all, cjson.encode(named) end
end
return cjson.encode(ids), all
