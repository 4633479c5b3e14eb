--[[
Names the lists in which a job may wait.

ARGV  record: as it is stored
Returns their keys; each is a list, or not there.

Relies on: in a queue with lines a job waits in that of the key and priority that its record had when it was sorted in;
where those did not count, in that of none. Whoever gives a waiting job a record with others takes it out of its line.
]]
local lists = { waiting, moved }
if redis.call('HEXISTS', meta, 'limits') == 1 then
  local key, _, priority = keyOf(record)
  lists = { waiting, front, moved }
  local named = {}
  for _, line in ipairs({ lineOf(key, priority), lineOf('', priority), key, '' }) do
    if not named[line] then lists[#lists + 1] = lineStart .. line end
    named[line] = true
  end
end
for _, list in ipairs(lists) do expect('LLEN', list) end
return lists
