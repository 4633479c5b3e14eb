--[[
Lets a delayed job that waits in a group join it now.

ARGV  id: the job
      base: an id that no job has
Returns 1 when it did, 0 when the job is in no group, or has joined already.

Relies on: the score of a job that is delayed lies ahead.
]]
local group = redis.call('HGET', groupOf, id)
if not group then return 0 end
expect('ZCARD', groupStart .. group)
local now = clock('micros')
if tonumber(redis.call('ZSCORE', groupStart .. group, id) or now) <= now then return 0 end
redis.call('ZADD', groupStart .. group, now, id)
gather(false, base, 1, group)
return 1
