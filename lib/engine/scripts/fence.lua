--[[
Gives a running job a number that is greater than every one that this queue has given before.

KEYS  1 claims of the incarnation  2 meta
ARGV  1 id
Returns the number, or 0 when the claim is gone.

Relies on: microseconds fit into a number of Lua. The clock is only there so that the numbers go on growing when the
last one is forgotten: with a queue that was deleted, or by a Redis that lost its last second. Calls drain.lua.
]]
local claims, meta = KEYS[1], KEYS[2]
if redis.call('SISMEMBER', claims, ARGV[1]) == 0 then return 0 end
local time = redis.call('TIME')
local last = tonumber(redis.call('HGET', meta, 'fence') or 0)
local number = math.max(last + 1, time[1] * 1000000 + time[2])
drain({ claims }, { 'SREM' })
redis.call('HSET', meta, 'fence', string.format('%.0f', number))
return number
