--[[
Makes one delayed job due now: delayed -> waiting.

KEYS  1 delayed  2 waiting
ARGV  1 id
Returns 1 when it did, 0 when the job is not delayed.

Relies on: a delayed job is in no list.
]]
local delayed, waiting = KEYS[1], KEYS[2]
if redis.call('ZREM', delayed, ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', waiting, ARGV[1])
return 1
