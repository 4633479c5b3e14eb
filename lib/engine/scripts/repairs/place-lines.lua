--[[
Replaces the record of a job that is not running by one with the lines that were added to its log from outside.

ARGV  id: the job
      before: the record as read before
      after: the record to store
      lines: the added lines as read before
Returns 1 when it did, 0 when there is no such job, -1 when its record or its lines have changed since, -2 when it is
active.

Relies on: the record of an active job belongs to its worker.
]]
local stored = redis.call('HGET', jobs, id)
if not stored then return 0 end
if redis.call('LPOS', active, id) then return -2 end
if stored ~= before or redis.call('HGET', addedLines, id) ~= lines then return -1 end
redis.call('HSET', jobs, id, after)
redis.call('HDEL', addedLines, id)
return 1
