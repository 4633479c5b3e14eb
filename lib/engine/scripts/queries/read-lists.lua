--[[
Reads how long lists are, and what is served first of each.

Returns for each of the lists, in their order: its length; the id at its right end, or ''.

Relies on: the lists are few enough for one turn of Redis, as who calls sees to, and each is named once.
]]
local read = {}
for _, list in ipairs(others) do
  read[#read + 1] = expect('LLEN', list)
  read[#read + 1] = redis.call('LINDEX', list, -1) or ''
end
return read
