--[[
Lists the incarnations on the list of workers, those with a lapsed lease apart, and the running jobs that were cancelled.
Puts back what blocking moves have brought and no take has found: it was not sent, or refused.

Returns {now, {those whose lease is over}, {the others}, {ids of the cancelled jobs}}.

Relies on: leases are written with the same clock. What is in moved may be put back at any time, see pick-up.lua.
]]
local MOST = 1000

local now = clock()
local lapsed = redis.call('ZRANGEBYSCORE', workers, '-inf', now)
local live = redis.call('ZRANGEBYSCORE', workers, '(' .. now, '+inf')
local stopped = redis.call('SMEMBERS', cancelled)
local brought = redis.call('LRANGE', moved, -MOST, -1)
if #brought > 0 then
  local to = head()
  redis.call('LLEN', to)
  redis.call('LTRIM', moved, 0, -#brought - 1)
  redis.call('RPUSH', to, unpack(brought))
end
return { now, lapsed, live, stopped }
