--[[
Puts jobs into active and claims them.

ARGV  ids: at least one
      claimName: the name of these claims, where a settle could otherwise take them for earlier ones; mostly ''
Returns the ids as one JSON list; the records as a list, nil where one is gone; and, where some were cancelled, a JSON
        list of their ids.

Relies on: a text costs Lua a look at each of its bytes, so records are joined by the client, which parses them as one.
]]
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
if hasNotes then
  local isCancelled, named = redis.call('SMISMEMBER', cancelled, unpack(ids)), {}
  for i = 1, #ids do
    if isCancelled[i] == 1 then named[#named + 1] = ids[i] end
  end
  if #named > 0 then return cjson.encode(ids), records, cjson.encode(named) end
end
return cjson.encode(ids), records
