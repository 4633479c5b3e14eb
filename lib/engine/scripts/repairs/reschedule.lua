--[[
Gives a delayed job another time, and replaces its record.

ARGV  id: the job
      before: the record as read before
      after: the record to store
      dueAt: when it is due then, epoch ms
Returns 1 when it did, 0 when there is no such job, -1 when its record changed since it was read, -2 when it is not
delayed.

Relies on: a delayed job is in no list.
]]
local stored = redis.call('HGET', jobs, id)
if not stored then return 0 end
if not redis.call('ZSCORE', delayed, id) then return -2 end
if stored ~= before then return -1 end
local _, _, priority, isFront = keyOf(after)
if priority ~= 4 or isFront then prioritise(meta) end
redis.call('HSET', jobs, id, after)
delay(delayed, earlierDelayed, { dueAt, id })
return 1
