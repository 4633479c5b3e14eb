--[[
Lists the incarnations on the list of workers, those with a lapsed lease apart, and the running jobs that were cancelled.
Puts back what blocking moves have brought and no take has found: it was not sent, or refused.

Returns {now, {those whose lease is over}, {the others}, {ids of the cancelled jobs}}.

Relies on: leases are written with the same clock. What is in moved may be put back at any time, see pick-up.lua.
]]
local MOST = 1000

local now = clock()
local leases, lapsed, live = redis.call('ZRANGE', workers, 0, -1, 'WITHSCORES'), {}, {}
for i = 1, #leases, 2 do
  local list = tonumber(leases[i + 1]) <= now and lapsed or live
  list[#list + 1] = leases[i]
end
-- Mostly there is neither.
if redis.call('EXISTS', cancelled, moved) == 0 then return { now, lapsed, live, {} } end
local stopped = redis.call('SMEMBERS', cancelled)
local brought = redis.call('LRANGE', moved, -MOST, -1)
if #brought > 0 then
  redis.call('LLEN', waiting)
  redis.call('LTRIM', moved, 0, -#brought - 1)
  redis.call('RPUSH', waiting, unpack(brought))
end
return { now, lapsed, live, stopped }
