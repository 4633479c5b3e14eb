--[[
Takes ids out of a set.

ARGV  set: its key
      ids: the jobs
Returns of each 1 when it was in it, else 0.

Relies on: an id is named once. One id alone is told by its removal, without a look before.
]]
if #ids == 0 then return {} end
if #ids == 1 then return { redis.call('SREM', set, ids[1]) } end
local isThere, there = redis.call('SMISMEMBER', set, unpack(ids)), {}
for i = 1, #ids do
  if isThere[i] == 1 then there[#there + 1] = ids[i] end
end
if #there > 0 then redis.call('SREM', set, unpack(there)) end
return isThere
