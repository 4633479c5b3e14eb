--[[
Makes one delayed job due now: delayed -> waiting.

ARGV  id: the job
Returns 1 when it did, 0 when the job is not delayed.

Relies on: a delayed job is in no list.
]]
if redis.call('ZREM', delayed, id) == 0 then return 0 end
redis.call('LPUSH', waiting, id)
return 1
