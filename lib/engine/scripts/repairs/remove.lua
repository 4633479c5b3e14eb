--[[
Removes a job from wherever it is. Of a running one the claim goes too, so that its end changes nothing; who held it is
noted, so that it hears of this before it claims another job of that id.

ARGV  id: the job
      sparesRunning: whether to leave a running job alone
Returns the state that the job was in; 'nowhere' when it was in none, as one that waits in a group; 'running' when it
        was left alone; '' when there was no such job.

Relies on: who may hold a claim is known here alone, so those keys are made here. A list is searched only when no
set holds the id, and the waiting ones only for a job that has a record.
]]
if sparesRunning and redis.call('LPOS', active, id) then return 'running' end

local record = redis.call('HGET', jobs, id)
-- Whoever makes up ids must not have a million of them searched.
local lists = record and waitingLists(record) or {}
local key = redis.call('HGET', uniques, id)
expect('STRLEN', key and lockStart .. key)
local incarnations = redis.call('ZRANGE', workers, 0, -1)
for _, incarnation in ipairs(incarnations) do expect('SCARD', claimsStart .. incarnation) end
local isTied = redis.call('EXISTS', batches, steps) > 0
if isTied then
  checkTally(batches, { id })
  checkSteps(steps, { id })
end

local function leaveLists()
  for _, list in ipairs(lists) do
    if pluck(list, id) == 1 then return true end
  end
  return false
end

local existed = redis.call('HDEL', jobs, id) == 1
local state = existed and 'nowhere' or ''
if redis.call('SREM', succeeded, id) == 1 then
  state = 'succeeded'
  pluck(succeededOrder, id)
elseif redis.call('SREM', failed, id) == 1 then
  state = 'failed'
  redis.call('ZREM', failedOrder, id)
elseif redis.call('ZREM', delayed, id) == 1 then
  state = 'delayed'
elseif redis.call('LREM', active, 1, id) == 1 then
  state = 'active'
elseif leaveLists() then
  state = 'waiting'
end
for _, incarnation in ipairs(incarnations) do
  if redis.call('SREM', claimsStart .. incarnation, id) == 1 then
    redis.call('SADD', revoked, incarnation .. ':' .. id)
  end
end
redis.call('SREM', stalling, id)
redis.call('SREM', cancelled, id)
redis.call('HDEL', claimNames, id)
redis.call('HDEL', losses, id)
redis.call('HDEL', addedLines, id)
redis.call('HDEL', signals, id)
if key then
  unlock('removed', { id, key })
end
if isTied then
  tally(batches, 'removed', { id })
  advance(steps, { { id = id, what = existed and 'removed' or 'missing' } })
end
if state ~= '' and redis.call('EXISTS', eventLog) == 1 then
  tell(eventLog, { 'removed', id, '' })
  if state == 'waiting' or state == 'active' then tellIdle(eventLog) end
end
return state
