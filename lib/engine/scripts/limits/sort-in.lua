--[[
Moves what look-ahead.lua has read from a list into the lines of its keys.

ARGV  list: its key
      found: what was read
      push: LPUSH for the ends of the lines, RPUSH for their heads
      lengths: as line-length.lua takes it
Returns the keys of the lines that have no turn yet, in the order of their jobs.

Relies on: at the head of a line the last one pushed is served first, so the jobs go there from the last to the first.
]]
local ids, keys = found.ids or {}, found.keys
if #ids == 0 then return {} end
if found.count > 0 then redis.call('LTRIM', list, 0, -found.count - 1) end
if #found.costs > 0 then redis.call('HSET', costs, unpack(found.costs)) end
local byKey, names, fresh = {}, {}, {}
for at = 1, #ids do
  local i = push == 'RPUSH' and #ids + 1 - at or at
  local key = keys[i]
  if not byKey[key] then
    byKey[key] = {}
    names[#names + 1] = key
  end
  table.insert(byKey[key], ids[i])
end
local inTurns, inPending = redis.call('ZMSCORE', turns, unpack(names)), redis.call('ZMSCORE', pending, unpack(names))
for i, key in ipairs(names) do
  local line, count = lineStart .. key, #byKey[key]
  local length = redis.call(push, line, unpack(byKey[key]))
  if not inTurns[i] and not inPending[i] then
    -- What was there without a turn went with a queue of this name, and is only waiting to be removed.
    if length > count and push == 'LPUSH' then redis.call('LTRIM', line, 0, count - 1) end
    if length > count and push == 'RPUSH' then redis.call('LTRIM', line, -count, -1) end
    length = count
    fresh[#fresh + 1] = key
  end
  lengths[key] = length
end
return fresh
