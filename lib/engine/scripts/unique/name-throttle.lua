--[[
Takes note that a throttle holds its unique key, so that its lock counts when its job has ended.

ARGV  key: the unique key
      endsAt: when it is let go, epoch ms
Returns 1.

Relies on: the names whose time is over are of no more use, and neither is the set after the last of them.
]]
redis.call('ZREMRANGEBYSCORE', lockStart, '-inf', clock())
redis.call('ZADD', lockStart, endsAt, key)
redis.call('PEXPIREAT', lockStart, redis.call('ZRANGE', lockStart, -1, -1, 'WITHSCORES')[2])
return 1
