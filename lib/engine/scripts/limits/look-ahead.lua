--[[
Reads what is at the head of a list, the next one first, with the lines of the jobs and what costs more than one token.

ARGV  list: its key
      isKeyed: whether keys count
      readsRecords: whether records are read
Returns a table: ids; keys, the name of its line for each id; heads, true for each that goes to the head of it; costs,
per job that has one two: id, cost; count, how many were in the list.

Relies on: records may be long, so they are read some at a time.
]]
-- How many jobs are looked at in one call, how many of their records are read at a time, and how many bytes in all.
local MOST, WINDOW, BYTES = 1000, 50, 1024 * 1024

local ids, keys, heads, costly = {}, {}, {}, {}
local bytes, count = 0, 0
local step = readsRecords and WINDOW or MOST
while count < MOST and bytes < BYTES do
  local some = redis.call('LRANGE', list, -count - step, -count - 1)
  local size = #some
  if size == 0 then break end
  local records = readsRecords and redis.call('HMGET', jobs, unpack(some)) or {}
  for i = size, 1, -1 do
    count = count + 1
    ids[count] = some[i]
    local line, record = '', records[i]
    if record then
      bytes = bytes + #record
      local key, cost, priority, isHead = keyOf(record)
      line = lineOf(isKeyed and key or '', priority)
      if isHead then heads[count] = true end
      if cost then costly[#costly + 1], costly[#costly + 2] = some[i], cost end
    end
    keys[count] = line
  end
end
return { ids = ids, keys = keys, heads = heads, costs = costly, count = count }
