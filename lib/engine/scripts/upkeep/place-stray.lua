--[[
Gives a job a place that has a record and is nowhere.

ARGV  id: the job
      sha: the SHA-1 of its record as read
      place: where its record says it belongs: 'waiting', 'succeeded', 'failed', or the time at which it is due, epoch
        ms
Returns 1, or 0 when it has a place, is claimed, is gone, or has another record than was read.

Relies on: one look at all places at once; while a worker claims it, its end is still to come. Who may hold a claim, and
which line it may be in, is known here alone, so those keys are made here. The lists are searched, so one job at a time.
]]
local record = redis.call('HGET', jobs, id)
if not record or redis.sha1hex(record) ~= sha then return 0 end
if redis.call('SISMEMBER', succeeded, id) == 1 or redis.call('SISMEMBER', failed, id) == 1 then return 0 end
if redis.call('ZSCORE', delayed, id) or redis.call('HEXISTS', groupOf, id) == 1 then return 0 end
for _, incarnation in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
  expect('SCARD', claimsStart .. incarnation)
  if redis.call('SISMEMBER', claimsStart .. incarnation, id) == 1 then return 0 end
end
local key, _, priority = keyOf(record)
local lists = { active, front, moved, waiting }
for _, name in ipairs({ key, '', lineOf(key, priority), lineOf('', priority) }) do
  expect('LLEN', lineStart .. name)
  lists[#lists + 1] = lineStart .. name
end
for _, list in ipairs(lists) do
  if redis.call('LPOS', list, id) then return 0 end
end

local now = clock()
if place == 'succeeded' then
  redis.call('SADD', succeeded, id)
  redis.call('LREM', succeededOrder, 1, id)
  redis.call('LPUSH', succeededOrder, id)
  noteStay(keptUntil, id, record, 'succeeded')
elseif place == 'failed' then
  redis.call('SADD', failed, id)
  redis.call('ZADD', failedOrder, 'NX', now, id)
  noteStay(keptUntil, id, record, 'failed')
elseif place == 'waiting' or tonumber(place) <= now then
  redis.call('LPUSH', waiting, id)
else
  delay(delayed, earlierDelayed, { place, id })
end
return 1
