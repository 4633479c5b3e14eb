--[[
Lists the incarnations on the list of workers, those with a lapsed lease apart, and the running jobs that were cancelled,
with why. Puts back what blocking moves have brought and no take has found: it was not sent, or refused.

Returns {now, {one whose lease is over, when it ended, ...}, {the others}, {ids of the cancelled jobs}, {an id of them, why, ...}}.

Relies on: leases are written with the same clock. The name of an incarnation ends with a dot and how long its lease is,
but for those of earlier versions; one that ends later than that from now was written before the clock was set back, and
begins anew: who lives renews it, and the dead are not missed for as long as the clock was set back. A reason counts as
long as its job is cancelled and runs, so what is left of those that have ended goes here. What is in moved may be put back at any time, see pick-up.lua.
]]
local MOST = 1000

local now = clock()
local leases, lapsed, live = redis.call('ZRANGE', workers, 0, -1, 'WITHSCORES'), {}, {}
for i = 1, #leases, 2 do
  local endsAt, leaseMs = tonumber(leases[i + 1]), tonumber(leases[i]:match('%.(%d+)$') or nil)
  if leaseMs and endsAt > now + leaseMs then redis.pcall('ZADD', workers, 'XX', now + leaseMs, leases[i]) end
  if endsAt <= now then
    lapsed[#lapsed + 1], lapsed[#lapsed + 2] = leases[i], math.max(endsAt, 0)
  else
    live[#live + 1] = leases[i]
  end
end
-- Mostly there is none of them.
if redis.call('EXISTS', cancelled, moved, cancelReasons) == 0 then return { now, lapsed, live, {}, {} } end
local stopped, isStopped, reasons = redis.call('SMEMBERS', cancelled), {}, {}
for _, id in ipairs(stopped) do isStopped[id] = true end
local noted = redis.call('HGETALL', cancelReasons)
for i = 1, #noted, 2 do
  if isStopped[noted[i]] then
    reasons[#reasons + 1], reasons[#reasons + 2] = noted[i], noted[i + 1]
  else
    redis.call('HDEL', cancelReasons, noted[i])
  end
end
local brought = redis.call('LRANGE', moved, -MOST, -1)
if #brought > 0 then
  redis.call('LLEN', waiting)
  redis.call('LTRIM', moved, 0, -#brought - 1)
  redis.call('RPUSH', waiting, unpack(brought))
end
return { now, lapsed, live, stopped, reasons }
