--[[
Stores jobs as they were elsewhere, each in the state that it was in; an id that exists already is left alone.

ARGV  parts: per job eight: id; state; when it is due or has failed, epoch ms; record; its unique key, or '', and of that
        what lets go of it ('end' or 'ttl') and for how many ms it is held at most, or ''; its signals, or ''
Returns the places, from 1, of the jobs whose ids were taken.

Relies on: those of a list come newest first, so that each goes to its old end; what waits there already comes after
them. Days are not counted anew. A unique key that another job holds stays with that. A stock bee-queue counts its ids,
and takes a job for one that is there when its id is: so the count goes on behind the numbers that come in.
]]
local PER_JOB = 8
-- A longer number Lua would round.
local LONGEST_NUMBER = 15
local now = clock()
for i = FIRST, #parts, PER_JOB do
  if parts[i + 4] ~= '' then expect('STRLEN', lockStart .. parts[i + 4]) end
end
for i = FIRST, #parts, PER_JOB do
  local _, _, priority, isFront = keyOf(parts[i + 3])
  if priority ~= 4 or isFront then
    prioritise(meta)
    break
  end
end

local function hold(job, key, release, ttl, from)
  local lock = lockOf(key)
  if lock and isNamed(key, lock) then return end
  redis.call('HSET', uniques, job, key)
  writeLock(key, { holder = job, release = release, endsAt = lockEnd(math.max(now, from), ttl), last = job })
end

local highest = 0
local function count(job)
  if #job <= LONGEST_NUMBER and job:find('^%d+$') then highest = math.max(highest, tonumber(job)) end
end

local taken, added = {}, {}
for i = FIRST, #parts, PER_JOB do
  local job, state, at, record, key, release, ttl, given = unpack(parts, i, i + PER_JOB - 1)
  if redis.call('HSETNX', jobs, job, record) == 0 then
    taken[#taken + 1] = (i - FIRST) / PER_JOB + 1
  else
    count(job)
    if given ~= '' then redis.call('HSET', signals, job, given) end
    noteStay(keptUntil, job, record, state)
    if state == 'succeeded' then
      redis.call('SADD', succeeded, job)
      redis.call('RPUSH', succeededOrder, job)
    elseif state == 'failed' then
      redis.call('SADD', failed, job)
      redis.call('ZADD', failedOrder, at, job)
    else
      local due = state == 'delayed' and at or ''
      if due ~= '' then delay(delayed, earlierDelayed, { at, job }) else redis.call('RPUSH', waiting, job) end
      added[#added + 1], added[#added + 2], added[#added + 3] = 'added', job, due
      if key ~= '' then hold(job, key, release, ttl, tonumber(at)) end
    end
  end
end
-- What is no number there is none of ours to mend.
local counted = tonumber(redis.call('GET', id) or 0)
if counted and counted < highest then redis.call('SET', id, string.format('%.0f', highest)) end
if #added > 0 and redis.call('EXISTS', eventLog) == 1 then tell(eventLog, added) end
return taken
