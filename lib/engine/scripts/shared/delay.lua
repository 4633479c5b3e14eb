--[[
Puts jobs into delayed, and tells when the earliest of it changed: workers sleep until that is due.

ARGV  delayed: the key
      earlierDelayed: its channel
      places: per job two: when it is due, epoch ms; id
Returns nothing.

Relies on: the type of the key was checked.
]]
local before = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
redis.call('ZADD', delayed, unpack(places))
local earliest = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
if earliest ~= before then redis.pcall('PUBLISH', earlierDelayed, earliest) end
