--[[
Gives who holds the lock of a record a greater number, where a shard knows a greater one than that of the lock.

ARGV  token: of the lock
      change: the number
Returns 1, or 0 when the lock is another's by now, or nobody's, and nothing was changed.

Relies on: a shard knows a greater number only where that beside the lock was lost.
]]
if redis.call('GET', shardLock) ~= token then return 0 end
redis.call('HSET', shardTurn, 'change', string.format('%.0f', change))
return 1
