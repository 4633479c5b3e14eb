--[[
Notes which slots the jobs take that were taken off the lines of keys.

ARGV  incarnation: that takes them
      keyed: for each two: id, key
Returns nothing.

Relies on: one that was given back or lost may still have the slot of its last turn.
]]
local names, marks = {}, {}
for i = 1, #keyed, 2 do
  names[#names + 1] = keyed[i]
  marks[i], marks[i + 1] = keyed[i], incarnation .. ':' .. keyed[i + 1]
end
local void = redis.call('HMGET', slots, unpack(names))
for i = 1, #names do
  local key = void[i] and void[i]:match(':(.*)$')
  if key and add(busy, key, -1) <= 0 then redis.call('HDEL', busy, key) end
end
redis.call('HSET', slots, unpack(marks))
