--[[
Lists the incarnations on the list of workers, and the running jobs that were cancelled.

KEYS  1 workers  2 cancelled
ARGV  none
Returns {now, {those whose lease is over}, {the others}, {ids of the cancelled jobs}}.

Relies on: leases are written with the same clock.
]]
local workers, cancelled = KEYS[1], KEYS[2]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {
  now,
  redis.call('ZRANGEBYSCORE', workers, '-inf', now),
  redis.call('ZRANGEBYSCORE', workers, '(' .. now, '+inf'),
  redis.call('SMEMBERS', cancelled),
}
