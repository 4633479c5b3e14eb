--[[
Offers a failed job again: failed -> waiting, with its record as given.

KEYS  1 failed  2 failedOrder  3 waiting  4 jobs
ARGV  1 id  2 the record as read before  3 the record to store
Returns 1 when it did, 0 when the job is not failed, -1 when its record changed since it was read.

Relies on: a failed job is in failed and in no list.
]]
local failed, failedOrder, waiting, jobs = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if redis.call('SISMEMBER', failed, ARGV[1]) == 0 then return 0 end
if redis.call('HGET', jobs, ARGV[1]) ~= ARGV[2] then return -1 end
redis.call('SREM', failed, ARGV[1])
redis.call('ZREM', failedOrder, ARGV[1])
redis.call('HSET', jobs, ARGV[1], ARGV[3])
redis.call('LPUSH', waiting, ARGV[1])
return 1
