--[[
Puts ended jobs into our order of them: a stock worker puts them into bee-queue's sets only.

ARGV  places: per job two: id, and where it goes: 'newest' or 'oldest' in succeededOrder, or 'failed'
Returns how many were put there; those that are there already, or not in the set any more, are left alone.

Relies on: the caller has just found none of them in succeededOrder. So each is looked for only near its two ends, where
others may have put it since. When a job died is not known to us, so failed ones count from now on. What had been lost
before is a suspect until its end, of which a stock worker takes no note.
]]
local MOST_SINCE = 10000
local now = clock()
local function isOrdered(id)
  return redis.call('LPOS', succeededOrder, id, 'MAXLEN', MOST_SINCE)
    or redis.call('LPOS', succeededOrder, id, 'RANK', -1, 'MAXLEN', MOST_SINCE)
end
local adopted = 0
local function adopt(id, state)
  adopted = adopted + 1
  redis.call('HDEL', losses, id)
  noteStay(keptUntil, id, redis.call('HGET', jobs, id) or '', state)
end
for i = FIRST, #places, 2 do
  local id, where = places[i], places[i + 1]
  if where == 'failed' then
    local isFailed = redis.call('SISMEMBER', failed, id) == 1
    if isFailed and redis.call('ZADD', failedOrder, 'NX', now, id) == 1 then adopt(id, 'failed') end
  elseif redis.call('SISMEMBER', succeeded, id) == 1 and not isOrdered(id) then
    redis.call(where == 'newest' and 'LPUSH' or 'RPUSH', succeededOrder, id)
    adopt(id, 'succeeded')
  end
end
return adopted
