--[[
Takes jobs out of a running carrier: each becomes failed by itself, and the carrier goes on with the others.

KEYS  1 claims of the incarnation  2 jobs  3 failed  4 failedOrder  5 stats  6 events (channel)
ARGV  1 id of the carrier  2 its record without them  3 '1' when failed jobs are kept, else '0'
      then per job three: id, record, error message as JSON
Returns 1, or 0 when the claim or the carrier is gone and nothing was changed.

Relies on: only the holder of a claim rewrites the record of an active job. How many failed jobs are kept is seen to
when the next attempt fails. Calls drain.lua.
]]
local claims, jobs, failed, failedOrder, stats, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local carrier, rest, isKept = ARGV[1], ARGV[2], ARGV[3] == '1'

if redis.call('SISMEMBER', claims, carrier) == 0 then return 0 end
local stored = redis.call('HGET', jobs, carrier)
if not stored then return 0 end
-- A call that is sent again because its reply was lost: it took effect the first time.
if stored == rest then return 1 end
drain({ claims }, { 'SREM' })
redis.call('HSET', jobs, carrier, rest)

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 4, #ARGV, 3 do
  local id, record, message = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if isKept then
    -- Another job may go by its id since it went into the carrier.
    local name = redis.call('HEXISTS', jobs, id) == 0 and id or carrier .. '.' .. id
    redis.call('HSET', jobs, name, record)
    redis.call('SADD', failed, name)
    redis.call('ZADD', failedOrder, now, name)
  end
  redis.pcall('PUBLISH', events, '{"id":' .. cjson.encode(id) .. ',"event":"failed","data":' .. message .. '}')
end
add(stats, 'failed:' .. math.floor(now / 86400000), (#ARGV - 3) / 3)
return 1
