--[[
Gives a job a place that has a record and is nowhere.

KEYS  1 jobs  2 waiting  3 active  4 delayed  5 succeeded  6 succeededOrder  7 failed  8 failedOrder  9 groupOf
      10 workers  11 front  12 earlierDelayed (channel)  13 what the name of every set of claims starts with
      14 what the name of every line starts with
ARGV  1 id  2 the SHA-1 of its record as read  3 where its record says it belongs: 'waiting', 'succeeded', 'failed', or
      the time at which it is due, epoch ms
Returns 1, or 0 when it has a place, is claimed, is gone, or has another record than was read.

Relies on: one look at all places at once; while a worker claims it, its end is still to come. Who may hold a claim, and
which line it may be in, is known here alone, so those keys are made here. The lists are searched, so one job at a time.
Calls key-of.lua.
]]
local jobs, waiting, active, delayed, succeeded = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local succeededOrder, failed, failedOrder, groupOf = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local workers, front, earlierDelayed, claimsStart, lines = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local id, sha, place = ARGV[1], ARGV[2], ARGV[3]

local record = redis.call('HGET', jobs, id)
if not record or redis.sha1hex(record) ~= sha then return 0 end
if redis.call('SISMEMBER', succeeded, id) == 1 or redis.call('SISMEMBER', failed, id) == 1 then return 0 end
if redis.call('ZSCORE', delayed, id) or redis.call('HEXISTS', groupOf, id) == 1 then return 0 end
for _, incarnation in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
  expect('SCARD', claimsStart .. incarnation)
  if redis.call('SISMEMBER', claimsStart .. incarnation, id) == 1 then return 0 end
end
local line = lines .. keyOf({}, { record })
expect('LLEN', line)
expect('LLEN', lines)
for _, list in ipairs({ active, front, line, lines, waiting }) do
  if redis.call('LPOS', list, id) then return 0 end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if place == 'succeeded' then
  redis.call('SADD', succeeded, id)
  redis.call('LREM', succeededOrder, 1, id)
  redis.call('LPUSH', succeededOrder, id)
elseif place == 'failed' then
  redis.call('SADD', failed, id)
  redis.call('ZADD', failedOrder, 'NX', now, id)
elseif place == 'waiting' or tonumber(place) <= now then
  redis.call('LPUSH', waiting, id)
else
  redis.call('ZADD', delayed, place, id)
  redis.pcall('PUBLISH', earlierDelayed, place)
end
return 1
