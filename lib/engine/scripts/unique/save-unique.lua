--[[
Stores one job under a unique key, unless another job holds that key: then it does what the caller wants done.

ARGV  id: the job
      record: its record
      start: start ('' at once, a number = epoch ms, '+n' = n ms from now by Redis's clock; '!' before it where its
        priority is not the default)
      key: unique key
      release: 'end', or 'ttl' for a throttle: what lets go of the key
      ttl: how long it is held at most, ms from the start, or ''
      onConflict: what to do where the key is held: 'replace', or anything else for nothing
      lookMs: how long until a parked job is looked at, in ms
      isBounded: whether it is refused where it would start at once and too many wait
      mark: as elsewhere.lua takes it
Returns {'created', id, state}; {'existed', id} when the id was taken; {'held', id of the holder};
        {'replaced', id of the job that has the record now}; {'full', id} when there was no room;
        or the error of elsewhere.lua, and nothing is stored.

A lock is JSON: `holder`; `release`; `endsAt`, epoch ms or ''; `last`, the id under which the holder's record or that of
the parked job was sent; `next`, the job that is parked until the holder has ended. It counts as long as uniques names
its holder, or, of a throttle, as long as the sorted set under the name that every lock starts with names its key.

Relies on: the client made the id, and a command that is sent again carries the same record to the letter. A lock is
worth what its holder is, so one whose holder has ended or is gone is let go here. The record of a job in active belongs
to its worker, and active is short.
]]
expect('STRLEN', lockStart .. key)
local refusal = elsewhere(meta, mark)
if refusal then return refusal end
local now = clock()
if start:sub(1, 1) == '!' then
  start = start:sub(2)
  prioritise(meta)
end
local startAt = start:sub(1, 1) == '+' and now + tonumber(start) or tonumber(start) or now

local stored = redis.call('HGET', jobs, id)
if stored then
  if stored ~= record then return { 'existed', id } end
  return { 'created', id, redis.call('ZSCORE', delayed, id) and 'delayed' or 'waiting' }
end

local function isActive(one)
  return redis.call('LPOS', active, one) and true or false
end

local function guard(one, mode)
  redis.call('ZADD', delayed, mode, math.max(now + lookMs, startAt), one)
end

local function writeNext(lock, one)
  lock.next = { id = one, release = release, ttl = ttl, startAt = string.format('%.0f', startAt) }
  lock.last = id
  redis.call('HSET', jobs, one, record)
  writeLock(key, lock)
end

local function leave(lists, one)
  for _, list in ipairs(lists) do
    if pluck(list, one) == 1 then return true end
  end
  return false
end

local function lineOfRecord(one)
  local ofKey, _, priority = keyOf(one)
  return lineOf(ofKey, priority)
end

local function replaceHolder(lock)
  local holder = lock.holder
  local before = redis.call('HGET', jobs, holder)
  local lists = before and waitingLists(before) or {}
  redis.call('HSET', jobs, holder, record)
  redis.call('HDEL', losses, holder)
  if start ~= '' then
    leave(lists, holder)
    delay(delayed, earlierDelayed, { startAt, holder })
  elseif #lists > 2 and lineOfRecord(before) ~= lineOfRecord(record) and leave(lists, holder) then
    -- It goes into the line of its new key and priority from there.
    redis.call('LPUSH', waiting, holder)
  end
  lock.release, lock.last = release, id
  lock.endsAt = lockEnd(math.max(now, tonumber(redis.call('ZSCORE', delayed, holder) or now)), ttl)
  writeLock(key, lock)
  return { 'replaced', holder }
end

local function tellAdded()
  local due = start == '' and '' or string.format('%.0f', startAt)
  if redis.call('EXISTS', eventLog) == 1 then tell(eventLog, { 'added', id, due }) end
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
  tellAdded()
  return { 'created', id, 'delayed' }
end

local function findLock()
  local lock = lockOf(key)
  return lock and isNamed(key, lock) and lock or nil
end

local lock = findLock()
-- Twice, as the job that was parked behind a holder may be gone as well.
for _ = 1, 2 do
  if lock and lock.release == 'end' and isOver(lock.holder) then
    unlock('suspected', { lock.holder, key })
    lock = findLock()
  end
end
if lock then return conflict(lock) end
if isBounded and start == '' and (room(meta, jobs, waiting, delayed) or 1) < 1 then return { 'full', id } end

redis.call('HSET', jobs, id, record)
redis.call('HSET', uniques, id, key)
if start == '' then redis.call('LPUSH', waiting, id) else delay(delayed, earlierDelayed, { startAt, id }) end
writeLock(key, { holder = id, release = release, endsAt = lockEnd(math.max(now, startAt), ttl), last = id })
tellAdded()
return { 'created', id, start == '' and 'waiting' or 'delayed' }
