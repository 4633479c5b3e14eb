--[[
Frees the slots of jobs that the incarnation held and holds no more; a line that waited for one gets its turn again.

ARGV  ids: the jobs
Returns how many were freed.

Relies on: a slot says which incarnation took it, and counts as long as that one claims the job.
]]
if #ids < FIRST or redis.call('EXISTS', slots) == 0 then return 0 end

local marks = redis.call('HMGET', slots, unpack(ids, FIRST))
local isHeld = redis.call('SMISMEMBER', claims, unpack(ids, FIRST))
local void, counts = {}, {}
for i = 1, #marks do
  local incarnation, key = (marks[i] or ''):match('^([^:]*):(.*)$')
  if incarnation and isHeld[i] == 0 and claims:sub(-#incarnation) == incarnation then
    void[#void + 1] = ids[FIRST + i - 1]
    counts[key] = (counts[key] or 0) + 1
  end
end
if #void == 0 then return 0 end
redis.call('HDEL', slots, unpack(void))
local keys, idle = {}, {}
for key, count in pairs(counts) do
  if add(busy, key, -count) <= 0 then idle[#idle + 1] = key end
  keys[#keys + 1] = key
end
if #idle > 0 then redis.call('HDEL', busy, unpack(idle)) end
if redis.call('EXISTS', pending) == 1 then
  local readyAt = redis.call('ZMSCORE', pending, unpack(keys))
  local last = redis.call('ZRANGE', turns, -1, -1, 'WITHSCORES')[2]
  local tail = tonumber(last or 0)
  for i, key in ipairs(keys) do
    if readyAt[i] == 'inf' then
      tail = tail + 1
      redis.call('ZREM', pending, key)
      redis.call('ZADD', turns, tail, key)
    end
  end
end
return #void
