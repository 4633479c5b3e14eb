--[[
Moves what look-ahead.lua has read from a list into the lines of its keys and priorities.

ARGV  list: its key
      found: what was read
      push: LPUSH for the ends of the lines, RPUSH for their heads
      ages: whether it is noted since when they wait
      lengths: as line-length.lua takes it
Returns the names of the lines that have no turn yet, in the order of their jobs.

Relies on: at the head of a line the last one pushed is served first, so the jobs go there from the last to the first;
but those that ask for the head, as the last that came is to be the first.
]]
local ids, keys = found.ids or {}, found.keys
if #ids == 0 then return {} end
if found.count > 0 then redis.call('LTRIM', list, 0, -found.count - 1) end
if #found.costs > 0 then redis.call('HSET', costs, unpack(found.costs)) end
local byLine, names, fresh, since = {}, {}, {}, {}
for at = 1, #ids do
  local i = push == 'RPUSH' and #ids + 1 - at or at
  local line = keys[i]
  if not byLine[line] then
    byLine[line] = { LPUSH = {}, RPUSH = {} }
    names[#names + 1] = line
  end
  table.insert(byLine[line][found.heads[i] and 'RPUSH' or push], ids[i])
  if ages then since[#since + 1], since[#since + 2] = ids[i], clock() end
end
for i = 1, #since, 1000 do redis.call('HSET', waitingSince, unpack(since, i, math.min(i + 999, #since))) end
local inTurns, inPending = redis.call('ZMSCORE', turns, unpack(names)), redis.call('ZMSCORE', pending, unpack(names))
for i, line in ipairs(names) do
  if not inTurns[i] and not inPending[i] then
    -- What was there without a turn went with a queue of this name, and is only waiting to be removed.
    if lengths[line] > 0 then redis.call('UNLINK', lineStart .. line) end
    lengths[line] = 0
    fresh[#fresh + 1] = line
  end
  for _, to in ipairs({ 'LPUSH', 'RPUSH' }) do
    local some = byLine[line][to]
    if #some > 0 then lengths[line] = redis.call(to, lineStart .. line, unpack(some)) end
  end
end
return fresh
