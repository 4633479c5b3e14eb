--[[
Notes that jobs of another priority than the default come to a queue: from the next take on its jobs are sorted into
lines, as those of a queue with limits.

ARGV  meta: the key of the queue
Returns nothing.

Relies on: take-limited.lua goes by the note and drops it, some time after the last job has ended. A note of limits
without any in it has takes ask take-limited.lua, and all others look into the lines.
]]
redis.call('HSET', meta, 'priorities', string.format('%.0f', clock()))
redis.call('HSETNX', meta, 'limits', '{}')
