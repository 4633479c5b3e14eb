--[[
Removes failed jobs that died before a given time, and the oldest of more than may be kept.

ARGV  before: epoch ms
      kept: how many are kept at most, -1 for all
      most: how many are removed at most
Returns how many were removed.

Relies on: failedOrder is scored with the time of death.
]]
local old = redis.call('ZRANGEBYSCORE', failedOrder, '-inf', before, 'LIMIT', 0, most)
local over = kept >= 0 and redis.call('ZCARD', failedOrder) - kept or 0
if over > #old then old = redis.call('ZRANGE', failedOrder, 0, math.min(over, most) - 1) end
if #old == 0 then return 0 end
redis.call('ZREM', failedOrder, unpack(old))
for i = 1, #old do
  -- A stock client may have offered it again: then it has only a date here, and its record is in use.
  if redis.call('SREM', failed, old[i]) == 1 then redis.call('HDEL', jobs, old[i]) end
end
return #old
