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
local keys, idle, left = {}, {}, {}
for key in pairs(counts) do keys[#keys + 1] = key end
local running = redis.call('HMGET', busy, unpack(keys))
for i, key in ipairs(keys) do
  local rest = (tonumber(running[i]) or 0) - counts[key]
  if rest > 0 then
    left[#left + 1], left[#left + 2] = key, rest
  else
    idle[#idle + 1] = key
  end
end
if #left > 0 then redis.call('HSET', busy, unpack(left)) end
if #idle > 0 then redis.call('HDEL', busy, unpack(idle)) end
if redis.call('EXISTS', pending) == 1 then
  local lines, ready = {}, {}
  local isPrioritised = redis.call('HEXISTS', meta, 'priorities') == 1
  for _, key in ipairs(keys) do
    for priority = isPrioritised and 0 or 4, isPrioritised and 9 or 4 do lines[#lines + 1] = lineOf(key, priority) end
  end
  for from = 1, #lines, 1000 do
    local some = { unpack(lines, from, math.min(from + 999, #lines)) }
    local readyAt = redis.call('ZMSCORE', pending, unpack(some))
    for i, line in ipairs(some) do
      if readyAt[i] == 'inf' then ready[#ready + 1] = line end
    end
  end
  for i = 1, #ready, 1000 do redis.call('ZREM', pending, unpack(ready, i, math.min(i + 999, #ready))) end
  toTail(ready, {})
end
return #void
