--[[
Cancels a workflow: none of its steps starts any more.

ARGV  none
Returns {1, and the numbers of the steps that have started and not ended}, or {0} when there is no such workflow, or not
all of it is stored.

Relies on: those steps are jobs of their own, to be cancelled each by itself.
]]
local AT_ONCE = 1000
-- See advance.lua.
local MOST_STEPS = 10000
local facts = redis.call('HMGET', flow, 'id', 'total', 'added', 'open')
local total = countOf(facts[2], MOST_STEPS)
if not facts[1] or not total or facts[2] ~= facts[3] then return { 0 } end
checkFlow(flow)
if tonumber(facts[4]) == 0 then return { 1 } end
drain('HDEL', flow)
advance(steps, { { flow = flow } })

local reply = { 1 }
for from = 0, total - 1, AT_ONCE do
  local to = math.min(from + AT_ONCE, total) - 1
  local names = {}
  for n = from, to do names[#names + 1] = n .. ':state' end
  local states = redis.call('HMGET', flow, unpack(names))
  for n = from, to do
    if states[n - from + 1] == 'r' then reply[#reply + 1] = n end
  end
end
return reply
