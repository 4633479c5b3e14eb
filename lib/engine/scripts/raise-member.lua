--[[
Lets a delayed job that waits in a group join it now.

KEYS  1 jobs  2 waiting  3 groups  4 groupRules  5 groupOf  6 gathered  7 gatheredBefore  8 groupDue (channel)
      9 what the name of the set of every group starts with
ARGV  1 id  2 an id that no job has
Returns 1 when it did, 0 when the job is in no group, or has joined already.

Relies on: the score of a job that is delayed lies ahead. Calls gather.lua.
]]
local all = { KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9] }
local groupOf, sets, id, base = KEYS[5], KEYS[9], ARGV[1], ARGV[2]

local group = redis.call('HGET', groupOf, id)
if not group then return 0 end
expect('ZCARD', sets .. group)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if tonumber(redis.call('ZSCORE', sets .. group, id) or now) <= now then return 0 end
redis.call('ZADD', sets .. group, now, id)
gather(all, { '', base, 1, group })
return 1
