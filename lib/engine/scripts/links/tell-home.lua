--[[
Hands over what became of a step to the queue that keeps its workflow, where that is in another slot.

ARGV  steps: the key of the steps, which may be that of a queue that was deleted
      one: the end, as advance.lua is given it
      entry: what is in steps of it
Returns nothing.

In steps is of such a step: 'p', or 'f' once it has failed and is kept; its number; a space and the queue of its
workflow; a space and the key of that.

Relies on: what was told last is said by the entry, so the same end is told once.
]]
-- What is longer is handed on to nobody, and this is enough to see that it is.
local MOST_RESULT = 65537
local state, rest, n, home, flow = entry:match('^(.)((%d+) (%S+) (.+))$')
local what = one.what == 'open' and 'retried' or one.what
if what == (state == 'p' and 'retried' or 'failed') then return end

local fields = { 'flow', flow, 'n', n, 'id', one.id, 'what', what }
if one.result then fields[#fields + 1], fields[#fields + 2] = 'result', one.result:sub(1, MOST_RESULT) end
if one.spawned then
  -- There the keys are others.
  for _, step in ipairs(one.spawned) do step.prefix = nil end
  fields[#fields + 1], fields[#fields + 2] = 'spawned', cjson.encode(one.spawned)
end
handOver(steps:match('^(.*:)steps'), home, fields)
if what == 'failed' or what == 'retried' then
  redis.call('HSET', steps, one.id, (what == 'failed' and 'f' or 'p') .. rest)
else
  redis.call('HDEL', steps, one.id)
end
