--[[
Offers a failed job again: failed -> waiting, with its record as given.

KEYS  1 failed  2 failedOrder  3 waiting  4 jobs  5 uniques  6 what the name of every lock starts with  7 batches
ARGV  1 id  2 the record as read before  3 the record to store  4 the unique key to take again if it is free, or ''
      5 how long it is held at most, in ms, or ''
Returns 1 when it did, 0 when the job is not failed, -1 when its record changed since it was read.

Relies on: a failed job is in failed and in no list. What is in a lock is told by save-unique.lua. Calls
check-tally.lua and tally.lua.
]]
local failed, failedOrder, waiting, jobs, batches = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[7]
if redis.call('SISMEMBER', failed, ARGV[1]) == 0 then return 0 end
if redis.call('HGET', jobs, ARGV[1]) ~= ARGV[2] then return -1 end
local isInBatch = redis.call('EXISTS', batches) == 1
if isInBatch then checkTally({ batches }, { 'retried', ARGV[1] }) end
redis.call('SREM', failed, ARGV[1])
redis.call('ZREM', failedOrder, ARGV[1])
redis.call('HSET', jobs, ARGV[1], ARGV[3])
redis.call('LPUSH', waiting, ARGV[1])
if isInBatch then tally({ batches }, { 'retried', ARGV[1] }) end

local key, ttl = ARGV[4], ARGV[5]
if key == '' then return 1 end
local uniques, name = KEYS[5], KEYS[6] .. key
local time = redis.call('TIME')
local endsAt = ttl
if ttl ~= '' then endsAt = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ttl)) end
local lock = cjson.encode({ holder = ARGV[1], release = 'end', endsAt = endsAt, last = ARGV[1] })
if redis.call('SET', name, lock, 'NX', unpack(ttl == '' and {} or { 'PXAT', endsAt })) then
  redis.call('HSET', uniques, ARGV[1], key)
end
return 1
