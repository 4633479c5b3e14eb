--[[
Takes out of a list what place.lua has put into lines.

ARGV  list: its key
      found: what was read of it, and its lines
      ages: whether it is noted since when they wait
      placed: what place.lua has noted
Returns the names of the lines that have no turn yet, in the order of their jobs.

Relies on: all lines of this call are placed by now, so nothing of this fails for a line that is no list.
]]
local ids, names, fresh, since = found.ids, found.names, {}, {}
if #ids == 0 then return fresh end
redis.call('LTRIM', list, 0, -found.count - 1)
if #found.costs > 0 then redis.call('HSET', costs, unpack(found.costs)) end
if ages then
  for i = 1, #ids do since[2 * i - 1], since[2 * i] = ids[i], clock() end
end
for i = 1, #since, 1000 do redis.call('HSET', waitingSince, unpack(since, i, math.min(i + 999, #since))) end

-- What was there without a turn went with a queue of this name, and is only waiting to be removed.
local function clear(line, left, right)
  local key = lineStart .. line
  local ours = left > 0 and redis.call('LRANGE', key, 0, left - 1) or {}
  local atHead = right > 0 and redis.call('LRANGE', key, -right, -1) or {}
  for i = 1, #atHead do ours[#ours + 1] = atHead[i] end
  redis.call('UNLINK', key)
  placed.length[line] = redis.call('RPUSH', key, unpack(ours))
end
local inTurns, inPending = redis.call('ZMSCORE', turns, unpack(names)), redis.call('ZMSCORE', pending, unpack(names))
for i, line in ipairs(names) do
  if not inTurns[i] and not inPending[i] then
    local left, right = placed.left[line] or 0, placed.right[line] or 0
    if placed.length[line] > left + right then clear(line, left, right) end
    fresh[#fresh + 1] = line
  end
end
return fresh
