--[[
Replaces the record of a job that is not running.

KEYS  1 jobs  2 active
ARGV  1 id  2 the record as read before  3 the record to store
Returns 1 when it did, 0 when there is no such job, -1 when its record changed since it was read, -2 when it is
active.

Relies on: the record of an active job belongs to its worker.
]]
local jobs, active = KEYS[1], KEYS[2]
local stored = redis.call('HGET', jobs, ARGV[1])
if not stored then return 0 end
if redis.call('LPOS', active, ARGV[1]) then return -2 end
if stored ~= ARGV[2] then return -1 end
redis.call('HSET', jobs, ARGV[1], ARGV[3])
return 1
