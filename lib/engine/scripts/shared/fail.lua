--[[
Makes jobs failed that are in no other place any more: stores their records, counts them, and tells of them.

ARGV  as: how they have ended: 'failed' or 'cancelled'
      ends: for each a table: id; place, the id under which it is kept, false for not at all; record; message, its
        error as JSON
Returns nothing.

Relies on: the scripts that call it have checked its keys. What ends an attempt is settle.lua.
]]
if #ends == 0 then return end
local now = clock()
local told = {}
for _, one in ipairs(ends) do
  if one.place then
    redis.call('HSET', jobs, one.place, one.record)
    redis.call('SADD', failed, one.place)
    redis.call('ZADD', failedOrder, now, one.place)
    noteStay(keptUntil, one.place, one.record, 'failed')
  end
  redis.pcall('PUBLISH', events, eventOf(one.id, 'failed', one.message))
  told[#told + 1], told[#told + 2], told[#told + 3] = as, one.id, one.message
end
countEnded('failed', #ends)
if redis.call('EXISTS', eventLog) == 1 then tell(eventLog, told) end
