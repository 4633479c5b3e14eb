--[[
Stores jobs that were moved out of another queue, each in the state that it had there.

ARGV  start: how the keys of the queue begin
      arrived: the jobs, per one a table: id; state; at, when it is due or has failed, epoch ms, or ''; moved, its record;
        losses and lines, what was noted of it beside its record, or nil; mark, by which it goes where another job has
        its id by now, or nil where that was made sure of
Returns nothing.

Relies on: check-arrive.lua was called. Those that wait come newest first: they go to the old end, before what waits
here. A stock bee-queue counts its ids, and takes a job for one that is there when its id is: so the count goes on
behind the numbers that come in. By a mark of twenty characters and a dot before its id, an encrypted job is opened yet.
]]
local MARK_LENGTH, LONGEST_NUMBER = 20, 15
local jobs, highest, told = start .. 'jobs', 0, {}

local function placed(job)
  if redis.call('HSETNX', jobs, job.id, job.moved) == 1 then
    if #job.id <= LONGEST_NUMBER and job.id:find('^%d+$') then highest = math.max(highest, tonumber(job.id)) end
    return job.id
  end
  local ms, nth = job.mark:match('^(%d+)-(%d+)$')
  local id = ('0'):rep(MARK_LENGTH - #ms) .. ms .. '-' .. nth .. '.' .. job.id
  redis.call('HSET', jobs, id, job.moved)
  return id
end

for _, job in ipairs(arrived) do
  local id = placed(job)
  if job.losses then redis.call('HSET', start .. 'losses', id, job.losses) end
  if job.lines then redis.call('HSET', start .. 'addedLines', id, job.lines) end
  if job.state == 'failed' then
    redis.call('SADD', start .. 'failed', id)
    redis.call('ZADD', start .. 'failedOrder', job.at, id)
    noteStay(start .. 'keptUntil', id, job.moved, 'failed')
  else
    local _, _, priority, isFront = keyOf(job.moved)
    if priority ~= 4 or isFront then prioritise(start .. 'meta') end
    if job.state == 'delayed' then
      delay(start .. 'delayed', start .. 'earlierDelayed', { job.at, id })
    else
      redis.call('RPUSH', start .. 'waiting', id)
    end
    told[#told + 1], told[#told + 2], told[#told + 3] = 'added', id, job.at
  end
end
-- What is no number there is none of ours to mend.
local counted = tonumber(redis.call('GET', start .. 'id') or 0)
if counted and counted < highest then redis.call('SET', start .. 'id', string.format('%.0f', highest)) end
if #told > 0 and redis.call('EXISTS', start .. 'eventLog') == 1 then tell(start .. 'eventLog', told) end
