--[[
Names the lists in which a job may wait.

ARGV  record: as it is stored
Returns their keys; each is a list, or not there.

Relies on: in a queue with limits a job waits in the line of the key that its record had when it was sorted in. Whoever
gives a waiting job a record with another key takes it out of its line.
]]
local lists = { waiting, moved }
if redis.call('HEXISTS', meta, 'limits') == 1 then
  local key = keyOf(record)
  lists = { waiting, front, moved, lineStart .. key }
  if key ~= '' then lists[5] = lineStart end
end
for _, list in ipairs(lists) do expect('LLEN', list) end
return lists
