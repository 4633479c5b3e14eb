--[[
Keeps what a worker says of itself, for a while.

KEYS  1 what the worker says  2 index of the workers
ARGV  1 the worker  2 what it says  3 for how many ms
Returns 1.

Relies on: both keys end by themselves when nobody announces any more, and whoever announces drops from the index those
whose time is over, so nothing is left of a worker that dies.
]]
local says, index = KEYS[1], KEYS[2]
local worker, text, forMs = ARGV[1], ARGV[2], tonumber(ARGV[3])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', says, text, 'PX', forMs)
redis.call('ZADD', index, now + forMs, worker)
redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
redis.call('PEXPIRE', index, forMs)
return 1
