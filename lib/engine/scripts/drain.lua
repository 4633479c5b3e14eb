--[[
Lets the script that calls it go on when Redis is full. To be called before its first write, by scripts that take away more
than they add, or without which nothing is taken away.

KEYS  1 any key, there or not
ARGV  1 what takes a member out of such a key: SREM, ZREM or HDEL
Returns nothing.

Relies on: Redis that is full refuses of a script only the first command that writes, and that only when it may need memory.
Taking nothing out of a key is a write that needs none. Other scripts call this one as `drain`.
]]
redis.call(ARGV[1], KEYS[1], '')
