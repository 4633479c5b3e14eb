--[[
Makes jobs failed that are in no other place any more: stores their records, counts them, and tells of them.

ARGV  ends: for each a table: id; place, the id under which it is kept, false for not at all; record; message, its
        error as JSON
Returns nothing.

Relies on: the scripts that call it have checked its keys. What ends an attempt is settle.lua.
]]
if #ends == 0 then return end
local now = clock()
for _, one in ipairs(ends) do
  if one.place then
    redis.call('HSET', jobs, one.place, one.record)
    redis.call('SADD', failed, one.place)
    redis.call('ZADD', failedOrder, now, one.place)
  end
  redis.pcall('PUBLISH', events, eventOf(one.id, 'failed', one.message))
end
countEnded('failed', #ends)
