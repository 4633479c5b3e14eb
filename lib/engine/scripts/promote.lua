--[[
Moves jobs that are due: delayed -> waiting, in the order of their times. One that is parked behind the holder of its
unique key stays as long as that holder has not ended.

KEYS  1 delayed  2 waiting  3 uniques  4 earlierDelayed (channel)  5 jobs  6 succeeded  7 failed
      8 what the name of every lock starts with
ARGV  1 how many at most  2 how long until a parked job is looked at again, in ms
Returns {how many moved, time of the next delayed job or -1, now}.

Relies on: scores are epoch ms of Redis's clock, or of a stock producer's. Uniques exists only while there are unique
jobs. Calls drain.lua, unlock.lua and lock-of.lua.
]]
local delayed, waiting, uniques, earlierDelayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local jobs, succeeded, failed, locks = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local most, lookMs = tonumber(ARGV[1]), tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, most)
local freed = 0

-- The usual end of a holder frees who is parked at once; this is for one that a stock client ended or removed.
local function holderOf(id, key)
  local lock = key and lockOf({}, { redis.call('GET', locks .. key) or nil })
  return lock and lock.next and lock.next.id == id and lock.holder
end
local function withoutParked(ids, keys)
  local ready = {}
  for i = 1, #ids do
    local holder = holderOf(ids[i], keys[i])
    if not holder then
      ready[#ready + 1] = ids[i]
    else
      local all = { uniques, delayed, waiting, earlierDelayed, jobs, succeeded, failed, locks }
      local wasFreed = unlock(all, { 'suspected', holder, keys[i] })
      freed = freed + wasFreed
      if wasFreed == 0 then redis.call('ZADD', delayed, now + lookMs, ids[i]) end
    end
  end
  return ready
end

local keys = #due > 0 and redis.call('EXISTS', uniques) == 1 and redis.call('HMGET', uniques, unpack(due))
for i = 1, keys and #due or 0 do expect('STRLEN', keys[i] and locks .. keys[i]) end
if #due > 0 then drain({ delayed }, { 'ZREM' }) end
if keys then due = withoutParked(due, keys) end
if #due > 0 then
  redis.call('LPUSH', waiting, unpack(due))
  redis.call('ZREM', delayed, unpack(due))
end
local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
return { #due + freed, tonumber(head or -1), now }
