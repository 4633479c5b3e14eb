--[[
Puts jobs into active and claims them.

ARGV  ids: at least one
      claimName: the name of these claims, where a settle could otherwise take them for earlier ones; mostly ''
Returns the ids as one JSON list; the records as one JSON list with a line for each, null where one is gone, or, when
        that would be long, as a list of Redis; and, where some were cancelled, a JSON list of their ids.

Relies on: a stored record is JSON, so many of them with commas between are JSON too: one text costs a fraction of a
reply each.
]]
local LONG = 16 * 1024 * 1024

redis.call('LPUSH', active, unpack(ids))
redis.call('SADD', claims, unpack(ids))
if claimName ~= '' then
  for i = 1, #ids do redis.call('HSET', claimNames, ids[i], claimName) end
elseif isNoted() then
  redis.call('HDEL', claimNames, unpack(ids))
end
local records = redis.call('HMGET', jobs, unpack(ids))
local hasNotes = isNoted()
if isHeard then
  local told = {}
  for i = 1, #ids do told[#told + 1], told[#told + 2], told[#told + 3] = 'started', ids[i], '' end
  tell(eventLog, told)
end
local length = 0
for i = 1, #ids do
  records[i] = records[i] or 'null'
  length = length + #records[i]
end
local all = length > LONG and records or '[\n' .. table.concat(records, ',\n') .. '\n]'
if hasNotes then
  local isCancelled, named = redis.call('SMISMEMBER', cancelled, unpack(ids)), {}
  for i = 1, #ids do
    if isCancelled[i] == 1 then named[#named + 1] = ids[i] end
  end
  if #named > 0 then return cjson.encode(ids), all, cjson.encode(named) end
end
return cjson.encode(ids), all
