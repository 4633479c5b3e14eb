--[[
Stores a schedule. What a worker declares replaces what is stored only where it is news: where nobody stood behind it
before, or where nobody stands behind the declaration that was taken in last any more.

ARGV  name: of the schedule
      schedule: the schedule as JSON, with its `fingerprint`, and the `beat` that those of the same ticks share
      tick: its next tick, epoch ms, or '' when there is none
      limit: how many jobs it fires at most, or ''
      how: 'put' for a call; 'declare' for a worker that starts; 'renew' for one that goes on, which makes nothing
        anew but what Redis has lost
      ttl: for how long a worker stands behind what it declares, in ms
Returns 'created', 'replaced', 'unchanged', 'outvoted' or, of a schedule that is not renewed as it was removed,
'absent'.

Relies on: names have no colon, so a field of schedules is a name, or a name with `:declared` (fingerprint of the
declaration taken in last), `:paused`, `:last` or `:fired`, how often it has fired of its limit. A declaration is a name, a colon and a fingerprint; without one it
says that the schedule was removed while workers declared it, which those who do keep alive. What was put by a call
stays until the declaration says something else.
]]
local fingerprint, beat = marksOf(schedule)
local stored = redis.call('HGET', schedules, name)
local oldFingerprint, oldBeat = marksOf(stored or '')
local old = oldFingerprint ~= '' and stored

local function keepAlive(voice)
  local now = clock()
  redis.call('ZREMRANGEBYSCORE', declarations, '-inf', now)
  local stood = redis.call('ZSCORE', declarations, voice)
  redis.call('ZADD', declarations, now + ttl, voice)
  redis.call('PEXPIRE', declarations, ttl)
  return stood
end

if how ~= 'put' then
  local removed = name .. ':'
  if how == 'renew' and not old and redis.call('ZSCORE', declarations, removed) then
    keepAlive(removed)
    return 'absent'
  end
  redis.call('ZREM', declarations, removed)
  local stood = keepAlive(name .. ':' .. fingerprint)
  local declared = redis.call('HGET', schedules, name .. ':declared')
  if old and declared == fingerprint then return 'unchanged' end
  local isNews = how == 'declare' and not stood
  local isOrphan = declared and not redis.call('ZSCORE', declarations, name .. ':' .. declared)
  if old and not isNews and not isOrphan then return 'outvoted' end
  redis.call('HSET', schedules, name .. ':declared', fingerprint)
end
if old and oldFingerprint == fingerprint then return 'unchanged' end

redis.call('HSET', schedules, name, schedule)
local isPaused = redis.call('HEXISTS', schedules, name .. ':paused') == 1
-- A tick that has come and was not seen to yet is not lost because the data of its job schedulesChanged.
local spent = isSpent(name, limit)
local keepsTick = not spent and old and oldBeat == beat and redis.call('ZSCORE', scheduleTicks, name)
if not isPaused and not keepsTick then
  if tick == '' or spent then redis.call('ZREM', scheduleTicks, name) else redis.call('ZADD', scheduleTicks, tick, name) end
end
redis.pcall('PUBLISH', schedulesChanged, name)
return old and 'replaced' or 'created'
