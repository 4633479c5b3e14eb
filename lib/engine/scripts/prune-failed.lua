--[[
Removes failed jobs that died before a given time, and the oldest of more than may be kept.

KEYS  1 jobs  2 failed  3 failedOrder
ARGV  1 epoch ms  2 how many are kept at most, -1 for all  3 how many are removed at most
Returns how many were removed.

Relies on: failedOrder is scored with the time of death.
]]
local jobs, failed, order = KEYS[1], KEYS[2], KEYS[3]
local kept, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local old = redis.call('ZRANGEBYSCORE', order, '-inf', ARGV[1], 'LIMIT', 0, most)
local over = kept >= 0 and redis.call('ZCARD', order) - kept or 0
if over > #old then old = redis.call('ZRANGE', order, 0, math.min(over, most) - 1) end
if #old == 0 then return 0 end
redis.call('ZREM', order, unpack(old))
for i = 1, #old do
  -- A stock client may have offered it again: then it has only a date here, and its record is in use.
  if redis.call('SREM', failed, old[i]) == 1 then redis.call('HDEL', jobs, old[i]) end
end
return #old
