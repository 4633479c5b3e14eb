--[[
Keeps what a worker says of itself, for a while.

ARGV  worker: its id
      says: what it says
      forMs: for how many ms
Returns what it is told to be, as JSON; empty where it is told nothing.

Relies on: both keys end by themselves when nobody announces any more, and whoever announces drops from the index those
whose time is over, so nothing is left of a worker that dies.
]]
local now = clock()
redis.call('SET', presence, says, 'PX', forMs)
redis.call('ZADD', presenceIndex, now + forMs, worker)
redis.call('ZREMRANGEBYSCORE', presenceIndex, '-inf', now)
redis.call('PEXPIRE', presenceIndex, forMs)
return redis.call('GET', presenceOrder) or ''
