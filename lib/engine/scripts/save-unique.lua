--[[
Stores one job under a unique key, unless another job holds that key: then it does what the caller wants done.

KEYS  1 jobs  2 waiting  3 delayed  4 earlierDelayed (channel)  5 active  6 succeeded  7 failed  8 losses  9 uniques
      10 what the name of every lock starts with
ARGV  1 id  2 data as JSON  3 start ('' at once, a number = epoch ms, '+n' = n ms from now by Redis's clock)  4 unique key
      5 'end', or 'ttl' for a throttle: what lets go of the key  6 how long it is held at most, ms from the start, or ''
      7 what to do where the key is held: 'replace', or anything else for nothing  8 how long until a parked job is
      looked at, in ms  9 what follows the data in the record
Returns {'created', id, state}; {'existed', id} when the id was taken; {'held', id of the holder};
        {'replaced', id of the job that has the record now}.

A lock is JSON: `holder`; `release`; `endsAt`, epoch ms or ''; `last`, the id under which the holder's record or that of
the parked job was sent; `next`, the job that is parked until the holder has ended. It counts as long as uniques names its
holder, or, of a throttle, as long as the sorted set under the name that every lock starts with names its key.

Relies on: the client made the id, and a command that is sent again carries the same record to the letter. A lock is
worth what its holder is, so one whose holder has ended or is gone is let go here. The record of a job in active belongs
to its worker, and active is short. Calls unlock.lua, name-throttle.lua, lock-of.lua, pluck.lua and frame.lua.
]]
local jobs, waiting, delayed, earlierDelayed, active = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local succeeded, failed, losses, uniques, locks = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id, start, key = ARGV[1], ARGV[3], ARGV[4]
local release, ttl, onConflict, lookMs = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])

local before, after = frame({}, { ARGV[9] })
local record = before .. ARGV[2] .. after
local name = locks .. key
expect('STRLEN', name)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local startAt = start:sub(1, 1) == '+' and now + tonumber(start) or tonumber(start) or now

local stored = redis.call('HGET', jobs, id)
if stored then
  if stored ~= record then return { 'existed', id } end
  return { 'created', id, redis.call('ZSCORE', delayed, id) and 'delayed' or 'waiting' }
end

local function isOver(one)
  return redis.call('HEXISTS', jobs, one) == 0
    or redis.call('SISMEMBER', succeeded, one) == 1
    or redis.call('SISMEMBER', failed, one) == 1
end

local function isActive(one)
  return redis.call('LPOS', active, one) and true or false
end

local function write(lock)
  -- A job that is parked has not begun, so that it must not lose the key before it does.
  if lock.next or lock.endsAt == '' then
    redis.call('SET', name, cjson.encode(lock))
  else
    redis.call('SET', name, cjson.encode(lock), 'PXAT', lock.endsAt)
  end
  if lock.release == 'ttl' and lock.endsAt ~= '' then nameThrottle({ locks }, { key, lock.endsAt, now }) end
end

local function endOf(from)
  return ttl == '' and '' or string.format('%.0f', math.max(now, from) + tonumber(ttl))
end

local function delayUntil(one, at)
  local before = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', delayed, at, one)
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  -- Workers sleep until the earliest job is due, so they must hear of another one.
  if head ~= before then redis.pcall('PUBLISH', earlierDelayed, head) end
end

local function guard(one, mode)
  redis.call('ZADD', delayed, mode, math.max(now + lookMs, startAt), one)
end

local function writeNext(lock, one)
  lock.next = { id = one, release = release, ttl = ttl, startAt = string.format('%.0f', startAt) }
  lock.last = id
  redis.call('HSET', jobs, one, record)
  write(lock)
end

local function replaceHolder(lock)
  local holder = lock.holder
  redis.call('HSET', jobs, holder, record)
  redis.call('HDEL', losses, holder)
  if start ~= '' then
    pluck({ waiting }, { holder })
    delayUntil(holder, startAt)
  end
  lock.release, lock.last = release, id
  lock.endsAt = endOf(tonumber(redis.call('ZSCORE', delayed, holder) or now))
  write(lock)
  return { 'replaced', holder }
end

local function conflict(lock)
  local nextJob = lock.next
  if lock.last == id then
    -- Only our own command, sent again, has both the id and the record of the last one that was taken in.
    local target = nextJob and nextJob.id or lock.holder
    if redis.call('HGET', jobs, target) == record then return { 'replaced', target } end
  end
  if onConflict ~= 'replace' or isOver(lock.holder) then return { 'held', lock.holder } end
  if nextJob and not isOver(nextJob.id) and not isActive(nextJob.id) then
    writeNext(lock, nextJob.id)
    -- One that was made to start by hand is in waiting and stays there.
    guard(nextJob.id, 'XX')
    return { 'replaced', nextJob.id }
  end
  if not isActive(lock.holder) then
    lock.next = nil
    return replaceHolder(lock)
  end
  -- A throttle has had its job.
  if lock.release == 'ttl' then return { 'held', lock.holder } end
  redis.call('HSET', uniques, id, key)
  writeNext(lock, id)
  guard(id, 'NX')
  return { 'created', id, 'delayed' }
end

local function findLock()
  local lock = lockOf({}, { redis.call('GET', name) or nil })
  local isNamed = lock
    and (
      redis.call('HGET', uniques, lock.holder) == key
      or (lock.release == 'ttl' and redis.call('ZSCORE', locks, key))
    )
  -- One that is not named went with a queue of this name, and is only waiting to be removed.
  return isNamed and lock or nil
end

local lock = findLock()
-- Twice, as the job that was parked behind a holder may be gone as well.
for _ = 1, 2 do
  if lock and lock.release == 'end' and isOver(lock.holder) then
    unlock(
      { uniques, delayed, waiting, earlierDelayed, jobs, succeeded, failed, locks },
      { 'suspected', lock.holder, key }
    )
    lock = findLock()
  end
end
if lock then return conflict(lock) end

redis.call('HSET', jobs, id, record)
redis.call('HSET', uniques, id, key)
if start == '' then redis.call('LPUSH', waiting, id) else delayUntil(id, startAt) end
write({ holder = id, release = release, endsAt = endOf(startAt), last = id })
return { 'created', id, start == '' and 'waiting' or 'delayed' }
