--[[
Lists the incarnations on the list of workers, those with a lapsed lease apart, and the running jobs that were cancelled.

Returns {now, {those whose lease is over}, {the others}, {ids of the cancelled jobs}}.

Relies on: leases are written with the same clock.
]]
local now = clock()
return {
  now,
  redis.call('ZRANGEBYSCORE', workers, '-inf', now),
  redis.call('ZRANGEBYSCORE', workers, '(' .. now, '+inf'),
  redis.call('SMEMBERS', cancelled),
}
