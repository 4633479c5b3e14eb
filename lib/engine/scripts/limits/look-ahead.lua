--[[
Reads what is at the head of a list, the next one first, with the lines of the jobs and what costs more than one token.

ARGV  list: its key
      isKeyed: whether keys count
      readsRecords: whether records are read
      lengths: as line-length.lua takes it
Returns a table: ids; keys, the name of its line for each id; heads, true for each that goes to the head of it; costs,
per job that has one two: id, cost; count, how many were in the list.

Relies on: records may be long, so they are read some at a time. The lines into which the jobs may go are checked.
]]
-- How many jobs are looked at in one call, how many of their records are read at a time, and how many bytes in all.
local MOST, WINDOW, BYTES = 1000, 50, 1024 * 1024

local found = { ids = {}, keys = {}, heads = {}, costs = {}, count = 0 }
local bytes = 0
local function see(some)
  local records = readsRecords and redis.call('HMGET', jobs, unpack(some)) or {}
  for i = 1, #some do
    local line, cost, isHead = '', nil, false
    if records[i] then
      bytes = bytes + #records[i]
      local key, priority
      key, cost, priority, isHead = keyOf(records[i])
      line = lineOf(isKeyed and key or '', priority)
    end
    found.ids[#found.ids + 1] = some[i]
    found.keys[#found.ids], found.heads[#found.ids] = line, isHead
    if cost then
      found.costs[#found.costs + 1] = some[i]
      found.costs[#found.costs + 1] = cost
    end
  end
end
local step = readsRecords and WINDOW or MOST
while found.count < MOST and bytes < BYTES do
  local window, some = redis.call('LRANGE', list, -found.count - step, -found.count - 1), {}
  if #window == 0 then break end
  for i = #window, 1, -1 do some[#some + 1] = window[i] end
  see(some)
  found.count = found.count + #some
end
for i = 1, #found.keys do lineLength(found.keys[i], lengths) end
return found
