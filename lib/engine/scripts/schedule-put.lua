--[[
Stores a schedule. What a worker declares replaces what is stored only where it is news: where nobody stood behind it
before, or where nobody stands behind the declaration that was taken in last any more.

KEYS  1 schedules  2 scheduleTicks  3 declarations  4 schedulesChanged (channel)
ARGV  1 name  2 the schedule as JSON, with its `fingerprint`, and the `beat` that those of the same ticks share
      3 its next tick, epoch ms, or '' when there is none
      4 'put' for a call; 'declare' for a worker that starts; 'renew' for one that goes on, which makes nothing anew but
      what Redis has lost
      5 for how long a worker stands behind what it declares, in ms
Returns 'created', 'replaced', 'unchanged', 'outvoted' or, of a schedule that is not renewed as it was removed, 'absent'.

Relies on: names have no colon, so a field of schedules is a name, or a name with `:declared` (fingerprint of the
declaration taken in last), `:paused` or `:last`. A declaration is a name, a colon and a fingerprint; without one it says
that the schedule was removed while workers declared it, which those who do keep alive. What was put by a call stays until
the declaration says something else. Calls marks-of.lua.
]]
local schedules, ticks, declarations, changed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name, text, tick, how, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local fingerprint, beat = marksOf({}, { text })
local stored = redis.call('HGET', schedules, name)
local oldFingerprint, oldBeat = marksOf({}, { stored or '' })
local old = oldFingerprint ~= '' and stored

local function keepAlive(voice)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
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

redis.call('HSET', schedules, name, text)
local isPaused = redis.call('HEXISTS', schedules, name .. ':paused') == 1
-- A tick that has come and was not seen to yet is not lost because the data of its job changed.
local keepsTick = old and oldBeat == beat and redis.call('ZSCORE', ticks, name)
if not isPaused and not keepsTick then
  if tick == '' then redis.call('ZREM', ticks, name) else redis.call('ZADD', ticks, tick, name) end
end
redis.pcall('PUBLISH', changed, name)
return old and 'replaced' or 'created'
