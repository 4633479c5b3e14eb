--[[
Puts ended jobs into our order of them: a stock worker puts them into bee-queue's sets only.

ARGV  places: per job two: id, and where it goes: 'newest' or 'oldest' in succeededOrder, or 'failed'
Returns how many were put there; those that are there already, or not in the set any more, are left alone.

Relies on: few jobs at a time, as each is looked for in the whole of succeededOrder. When a job died is not known to
us, so failed ones count from now on.
]]
local now = clock()
local adopted = 0
for i = FIRST, #places, 2 do
  local id, where = places[i], places[i + 1]
  if where == 'failed' then
    if redis.call('SISMEMBER', failed, id) == 1 then
      adopted = adopted + redis.call('ZADD', failedOrder, 'NX', now, id)
    end
  elseif redis.call('SISMEMBER', succeeded, id) == 1 and not redis.call('LPOS', succeededOrder, id) then
    redis.call(where == 'newest' and 'LPUSH' or 'RPUSH', succeededOrder, id)
    adopted = adopted + 1
  end
end
return adopted
