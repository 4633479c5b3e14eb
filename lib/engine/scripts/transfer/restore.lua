--[[
Stores jobs as they were elsewhere, each in the state that it was in; an id that exists already is left alone.

ARGV  parts: per job seven: id; state; when it is due or has failed, epoch ms; record; its unique key, or '', and of that
        what lets go of it ('end' or 'ttl') and for how many ms it is held at most, or ''
Returns the places, from 1, of the jobs whose ids were taken.

Relies on: those of a list come newest first, so that each goes to its old end; what waits there already comes after
them. Days are not counted anew. A unique key that another job holds stays with that.
]]
local PER_JOB = 7
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

local function hold(id, key, release, ttl, from)
  local lock = lockOf(key)
  if lock and isNamed(key, lock) then return end
  redis.call('HSET', uniques, id, key)
  writeLock(key, { holder = id, release = release, endsAt = lockEnd(math.max(now, from), ttl), last = id })
end

local taken, added = {}, {}
for i = FIRST, #parts, PER_JOB do
  local id, state, at, record, key, release, ttl = unpack(parts, i, i + PER_JOB - 1)
  if redis.call('HSETNX', jobs, id, record) == 0 then
    taken[#taken + 1] = (i - FIRST) / PER_JOB + 1
  elseif state == 'succeeded' then
    redis.call('SADD', succeeded, id)
    redis.call('RPUSH', succeededOrder, id)
  elseif state == 'failed' then
    redis.call('SADD', failed, id)
    redis.call('ZADD', failedOrder, at, id)
  else
    local due = state == 'delayed' and at or ''
    if due ~= '' then delay(delayed, earlierDelayed, { at, id }) else redis.call('RPUSH', waiting, id) end
    added[#added + 1], added[#added + 2], added[#added + 3] = 'added', id, due
    if key ~= '' then hold(id, key, release, ttl, tonumber(at)) end
  end
end
if #added > 0 and redis.call('EXISTS', eventLog) == 1 then tell(eventLog, added) end
return taken
