--[[
Gives a running job a number that is greater than every one that this queue has given before.

ARGV  id: the job
Returns the number, or 0 when the claim is gone.

Relies on: microseconds fit into a number of Lua. The clock is only there so that the numbers go on growing when the
last one is forgotten: with a queue that was deleted, or by a Redis that lost its last second.
]]
if redis.call('SISMEMBER', claims, id) == 0 then return 0 end
local last = countOf(redis.call('HGET', meta, 'fence'), 2 ^ 53) or 0
local number = math.max(last + 1, clock('micros'))
drain('SREM', claims)
redis.call('HSET', meta, 'fence', string.format('%.0f', number))
return number
