--[[
Offers a failed job again: failed -> waiting, or delayed where it is to wait, with its record as given.

ARGV  id: the job
      before: the record as read before
      after: the record to store
      key: the unique key to take again if it is free, or ''
      ttl: how long it is held at most, in ms, or ''
      dueAt: when it may start, epoch ms; 0 for now
Returns 1 when it did, 0 when the job is not failed, -1 when its record changed since it was read.

Relies on: a failed job is in failed and in no list. What is in a lock is told by save-unique.lua.
]]
if redis.call('SISMEMBER', failed, id) == 0 then return 0 end
if redis.call('HGET', jobs, id) ~= before then return -1 end
local isTied = redis.call('EXISTS', batches, steps) > 0
if isTied then
  checkTally(batches, { id })
  checkSteps(steps, { id })
end
local _, _, priority, isFront = keyOf(after)
if priority ~= 4 or isFront then prioritise(meta) end
redis.call('SREM', failed, id)
redis.call('ZREM', failedOrder, id)
redis.call('HSET', jobs, id, after)
local waitsMs = dueAt == 0 and 0 or math.max(0, dueAt - clock())
if dueAt == 0 then
  redis.call('LPUSH', waiting, id)
else
  delay(delayed, earlierDelayed, { dueAt, id })
end
if redis.call('EXISTS', eventLog) == 1 then tell(eventLog, { 'retrying', id, string.format('%.0f', waitsMs) }) end
if isTied then
  tally(batches, 'retried', { id })
  advance(steps, { { id = id, what = 'retried' } })
end

if key == '' then return 1 end
local lock = { holder = id, release = 'end', endsAt = lockEnd(clock(), ttl), last = id }
if writeLock(key, lock, 'NX') then redis.call('HSET', uniques, id, key) end
return 1
