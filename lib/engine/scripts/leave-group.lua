--[[
Takes a job out of the group in which it waits: it is removed, or becomes failed where a record is given for it.

KEYS  1 jobs  2 waiting  3 groups  4 groupRules  5 groupOf  6 gathered  7 gatheredBefore  8 groupDue (channel)
      9 what the name of the set of every group starts with  10 failed  11 failedOrder  12 events (channel)  13 stats
ARGV  1 id  2 an id that no job has  3 its record as read before  4 the record to store  5 the error as JSON for the
      events channel; the last three '' to remove the job
Returns 'waiting' or 'delayed', which it was; '' when it waits in no group; 'changed' when it has another record than
        was read.

Relies on: groupOf names the group of each job that waits in one. Without this job the group may be due earlier. Calls
gather.lua.
]]
local all = { KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9] }
local jobs, groupOf, sets, failed, failedOrder, events = KEYS[1], KEYS[5], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local stats = KEYS[13]
local id, base, before, after, message = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local stored = redis.call('HGET', jobs, id)
local group = redis.call('HGET', groupOf, id)
if not group then
  -- A call that is sent again because its reply was lost finds its own record: it took effect the first time.
  local isOwn = after ~= '' and stored == after and redis.call('SISMEMBER', failed, id) == 1
  return isOwn and 'waiting' or ''
end
if after ~= '' and stored ~= before then return 'changed' end
expect('ZCARD', sets .. group)

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local countsFrom = tonumber(redis.call('ZSCORE', sets .. group, id) or now)
redis.call('ZREM', sets .. group, id)
redis.call('HDEL', groupOf, id)
if after == '' then
  redis.call('HDEL', jobs, id)
else
  redis.call('HSET', jobs, id, after)
  redis.call('SADD', failed, id)
  redis.call('ZADD', failedOrder, math.floor(now / 1000), id)
  add(stats, 'failed:' .. math.floor(now / 86400000000), 1)
  redis.pcall('PUBLISH', events, '{"id":' .. cjson.encode(id) .. ',"event":"failed","data":' .. message .. '}')
end
gather(all, { '', base, 1, group })
return countsFrom > now and 'delayed' or 'waiting'
