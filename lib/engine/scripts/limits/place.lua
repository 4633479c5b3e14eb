--[[
Puts what look-ahead.lua has read from a list into the lines of its keys and priorities. It stays in the list too, until
sort-in.lua takes it out of there.

ARGV  found: what was read; the lines are noted in it, as names, in the order of their jobs
      push: LPUSH for the ends of the lines, RPUSH for their heads
      placed: by line how many this call of a script has put there, at its left and its right; and its length
Returns nothing. Where a line is no list it ends the script, and all lines are as they were.

Relies on: at the head of a line the last one pushed is served first, so the jobs go there from the last to the first;
but those that ask for the head, as the last that came is to be the first. No line is looked at before: nothing else was
written yet, and what was put into lists can be cut off again.
]]
local ids, keys, heads = found.ids, found.keys, found.heads
local isToHead = push == 'RPUSH'

local function put(command, side, line, some)
  local length = redis.pcall(command, lineStart .. line, unpack(some))
  if type(length) == 'number' then
    side[line] = (side[line] or 0) + #some
    placed.length[line] = length
    return
  end
  for name in pairs(placed.length) do
    redis.call('LTRIM', lineStart .. name, placed.left[name] or 0, -(placed.right[name] or 0) - 1)
  end
  expect('LLEN', lineStart .. line)
  error(length)
end

local byLine, toHead, names = {}, {}, {}
for at = 1, #ids do
  local i = isToHead and #ids + 1 - at or at
  local line = keys[i]
  local some = byLine[line]
  if not some then
    some = {}
    byLine[line], names[#names + 1] = some, line
  end
  if heads[i] and not isToHead then
    some = toHead[line] or {}
    toHead[line] = some
  end
  some[#some + 1] = ids[i]
end
local side = isToHead and placed.right or placed.left
for _, line in ipairs(names) do
  if #byLine[line] > 0 then put(push, side, line, byLine[line]) end
  if toHead[line] then put('RPUSH', placed.right, line, toHead[line]) end
end
found.names = names
