--[[
Takes a job out of the group in which it waits: it is removed, or becomes failed where a record is given for it.

ARGV  id: the job
      base: an id that no job has
      before: its record as read before
      after: the record to store
      message: the error as JSON for the events channel; the last three '' to remove the job
      as: how it has ended then: 'failed' or 'cancelled'
Returns 'waiting' or 'delayed', which it was; '' when it waits in no group; 'changed' when it has another record than
        was read.

Relies on: groupOf names the group of each job that waits in one. Without this job the group may be due earlier.
]]
local stored = redis.call('HGET', jobs, id)
local group = redis.call('HGET', groupOf, id)
if not group then
  -- A call that is sent again because its reply was lost finds its own record: it took effect the first time.
  local isOwn = after ~= '' and stored == after and redis.call('SISMEMBER', failed, id) == 1
  return isOwn and 'waiting' or ''
end
if after ~= '' and stored ~= before then return 'changed' end
expect('ZCARD', groupStart .. group)

local now = clock('micros')
local countsFrom = tonumber(redis.call('ZSCORE', groupStart .. group, id) or now)
redis.call('ZREM', groupStart .. group, id)
redis.call('HDEL', groupOf, id)
if after == '' then
  local isThere = redis.call('HDEL', jobs, id) == 1
  if isThere and redis.call('EXISTS', eventLog) == 1 then tell(eventLog, { 'removed', id, '' }) end
else
  fail(as, { { id = id, place = id, record = after, message = message } })
end
gather(false, base, 1, group)
return countsFrom > now and 'delayed' or 'waiting'
