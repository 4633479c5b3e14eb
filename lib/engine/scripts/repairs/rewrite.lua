--[[
Replaces the record of a job that is not running.

ARGV  id: the job
      before: the record as read before
      after: the record to store
Returns 1 when it did, 0 when there is no such job, -1 when its record changed since it was read, -2 when it is
active.

Relies on: the record of an active job belongs to its worker.
]]
local stored = redis.call('HGET', jobs, id)
if not stored then return 0 end
if redis.call('LPOS', active, id) then return -2 end
if stored ~= before then return -1 end
redis.call('HSET', jobs, id, after)
return 1
