--[[
Lists the incarnations on the list of workers.

KEYS  1 workers
ARGV  none
Returns {now, {those whose lease is over}, {the others}}.

Relies on: leases are written with the same clock.
]]
local workers = KEYS[1]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {
  now,
  redis.call('ZRANGEBYSCORE', workers, '-inf', now),
  redis.call('ZRANGEBYSCORE', workers, '(' .. now, '+inf'),
}
