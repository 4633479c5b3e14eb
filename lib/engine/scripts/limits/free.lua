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
  for _, line in ipairs(ready) do redis.call('ZREM', pending, line) end
  toTail(ready, {})
end
return #void
