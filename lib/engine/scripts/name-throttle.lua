--[[
Takes note that a throttle holds its unique key, so that its lock counts when its job has ended.

KEYS  1 throttles, under the name that every lock starts with
ARGV  1 unique key  2 when it is let go, epoch ms  3 now, epoch ms
Returns 1.

Relies on: the names whose time is over are of no more use, and neither is the set after the last of them. Other scripts
call this one as `nameThrottle`.
]]
local throttles, key, endsAt, now = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
redis.call('ZREMRANGEBYSCORE', throttles, '-inf', now)
redis.call('ZADD', throttles, endsAt, key)
redis.call('PEXPIREAT', throttles, redis.call('ZRANGE', throttles, -1, -1, 'WITHSCORES')[2])
return 1
