--[[
Drops what an incarnation was to hear of jobs that were removed while it ran them: it is gone.

ARGV  incarnation: that of the worker
Returns nothing.

Relies on: no incarnation has a colon in it.
]]
local start = incarnation .. ':'
for _, one in ipairs(redis.call('SMEMBERS', revoked)) do
  if one:sub(1, #start) == start then redis.call('SREM', revoked, one) end
end
