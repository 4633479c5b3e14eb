--[[
Runs a step of a workflow again, and all that come after it: each that has started as a new job.

ARGV  parts: per step three, the first being the one that is meant: its number; the id of its job as read before; the id
        of its new job, or '' where it was added by another of them and goes with that, or '-' where it has no job
Returns 'done', also for this very command sent again; 'open' when one of them runs, or the first has not started;
        'changed' when one has another job than was read; 'none' when there is no such workflow, or not all of it is
        stored.

Relies on: the client made the ids, so they are free. The jobs before are left as they are.
]]
local facts = redis.call('HMGET', flow, 'id', 'total', 'added')
if not facts[1] or facts[2] ~= facts[3] then return 'none' end
checkFlow(flow)

local again = {}
for i = FIRST, #parts, 3 do
  local n, read, fresh = parts[i], parts[i + 1], parts[i + 2]
  local step = redis.call('HMGET', flow, n .. ':state', n .. ':id')
  if i == FIRST and step[2] == fresh then return 'done' end
  if step[2] ~= read then return 'changed' end
  local state = (step[1] or ''):sub(1, 1)
  if state == 'r' or (i == FIRST and (state == 'w' or state == 'x')) then return 'open' end
  again[#again + 1], again[#again + 2] = n, fresh
end
advance(steps, { { flow = flow, again = again } })
return 'done'
