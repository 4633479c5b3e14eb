--[[
Stores the next steps of a workflow, and the workflow itself with the first of them. With the last of them it begins:
those steps start that come after no other.

ARGV  id: id of the workflow
      total: how many steps it is to have
      jobless: how many of them are gates and joins, see pass-on.lua
      before: how many of them come before these
      policy: 'continue' or 'stop', what a failure does to the others
      deadlineAt: from when on no step starts, epoch ms, or ''
      keepMs: how long it stays once it is over, or once nobody adds to it any more, in ms
      names: the names of its queues, as JSON; in Cluster its own is the first, and the only one that is given
      shape: what tells it from another
      roots: with the last steps, as JSON, those that come after no other: number, number of its queue, and 1 where it
        starts at once, else 0; '' before that
      parts: per step eight: number of its queue among those named, from 0; id, or '' for a gate or join, which is never
        the first; as advance.lua has them, its plan, its state, what comes next, and how it goes; its record but for
        what release-steps.lua writes, in two parts
Returns {'added', how many are stored now}, also for this very command sent again; likewise {'existed', ...} when these
        were stored by another; {'other'} when the workflow of that id is another one; {'full'} when a queue has no room
        for all that are to start at once: none of these is stored then.

Relies on: the client made the ids of the jobs, so they are free; whoever adds to a workflow does so from the first
step to the last, as many at a time as anybody.
]]
local PARTS = 8

local now = clock()
local begins = roots ~= '' and cjson.decode(roots) or {}

-- Those behind the given ones are in other slots.
local named = cjson.decode(names)
for at = #queues + 1, #named do checkHandOver(queues[1].jobs:sub(1, -#'jobs' - 1), named[at]) end

local wanted = {}
for _, root in ipairs(begins) do
  if root[3] == 1 and queues[1 + root[2]] then wanted[1 + root[2]] = (wanted[1 + root[2]] or 0) + 1 end
end

-- One that the index does not name went with a queue of this name, and is only waiting to be removed.
if not redis.call('ZSCORE', flowIndex, id) then redis.call('UNLINK', flow) end
local stored = redis.call('HMGET', flow, 'total', 'added', 'newest', 'shape')
if before == 0 and not stored[1] then
  if not haveRoom(queues, wanted) then return { 'full' } end
  local createdAt = string.format('%.0f', now)
  redis.call('HSET', flow, 'id', id, 'total', total, 'added', 0, 'open', total - jobless, 'failed', 0, 'kept', 0)
  redis.call('HSET', flow, 'policy', policy, 'keepMs', keepMs, 'index', flowIndex, 'createdAt', createdAt)
  redis.call('HSET', flow, 'names', names, 'queues', #named, 'shape', shape)
  if jobless > 0 then redis.call('HSET', flow, 'jobless', jobless) end
  if deadlineAt ~= '' then redis.call('HSET', flow, 'deadlineAt', deadlineAt) end
  for at = 1, #named do
    local start = queues[at] and queues[at].jobs:sub(1, -#'jobs' - 1) or '>' .. named[at]
    redis.call('HSET', flow, 'queue:' .. at - 1, start)
  end
  redis.call('ZREMRANGEBYSCORE', flowIndex, '-inf', now)
  stored = { total, 0, false, shape }
end
local added = tonumber(stored[2] or -1)
if tonumber(stored[1] or -1) ~= total or stored[4] ~= shape or added < before then return { 'other' } end
if added > before then return { stored[3] == parts[FIRST + 1] and 'added' or 'existed', added } end
if before > 0 and not haveRoom(queues, wanted) then return { 'full' } end

for i = FIRST, #parts, PARTS do
  local n = string.format('%.0f', added)
  redis.call('HSET', flow, n .. ':id', parts[i + 1], n .. ':plan', parts[i + 2], n .. ':state', parts[i + 3],
    n .. ':next', parts[i + 4], n .. ':go', parts[i + 5], n .. ':before', parts[i + 6], n .. ':behind', parts[i + 7])
  local of = queues[1 + parts[i]]
  if of and parts[i + 1] ~= '' then redis.call('HSET', of.steps, parts[i + 1], n .. ' ' .. flow) end
  added = added + 1
end
redis.call('HSET', flow, 'added', added, 'newest', parts[FIRST + 1])
if added < total then
  keep(flow, flowIndex, id, keepMs)
  return { 'added', added }
end
keep(flow, flowIndex, id)
local ready = {}
for _, root in ipairs(begins) do
  ready[#ready + 1] = root[1]
  redis.call('HSET', flow, root[1] .. ':state', 'r')
end
releaseSteps({ { key = flow, ready = ready } })
return { 'added', added }
