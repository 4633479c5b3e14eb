--[[
Lets the script that calls it go on when Redis is full. To be called before its first write, by scripts that take away
more than they add, or without which nothing is taken away.

ARGV  command: what takes a member out of such a key: SREM, ZREM or HDEL
      key: it may be there or not
Returns nothing.

Relies on: Redis that is full refuses of a script only the first command that writes, and that only when it may need
memory. Taking nothing out of a key is a write that needs none.
]]
redis.call(command, key, '')
