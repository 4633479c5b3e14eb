--[[
Removes the oldest finished jobs, as long as they are still the oldest.

KEYS  1 jobs  2 succeeded  3 succeededOrder
ARGV  ids, oldest first
Returns how many were removed.

Relies on: succeededOrder grows at its left end only.
]]
local jobs, succeeded, order = KEYS[1], KEYS[2], KEYS[3]
for i = 1, #ARGV do
  if redis.call('LINDEX', order, -1) ~= ARGV[i] then return i - 1 end
  redis.call('RPOP', order)
  redis.call('SREM', succeeded, ARGV[i])
  redis.call('HDEL', jobs, ARGV[i])
end
return #ARGV
