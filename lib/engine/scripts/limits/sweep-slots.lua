--[[
Looks through some slots for those whose claim is gone (a worker died, a job was removed or given back), and gives lines
that wait for a slot their turn again where their key has one, as after a limit was raised. What is noted of jobs that
are gone, their costs and since when they wait, goes. At the beginning of each round it counts anew how many slots each key has.

ARGV  slotCursor: where to go on in slots
      lineCursor: where to go on among the waiting lines
      costCursor: where to go on in costs
      sinceCursor: where to go on in waitingSince
Returns {where to go on in slots, '0' at the end; where to go on among the lines, 0 at the end; where to go on in
costs; and in waitingSince}.

Relies on: the lines that wait for a slot have the score inf in pending, and stand behind all others. Which claims there
are is known here alone, so their names are made here.
]]
local STEP = 500
-- Of more running jobs than this, which take Redis a millisecond or two, the counts are not made anew.
local MOST_COUNTED = 5000

local limits = limitsOf() or {}
local limit = limits.perKey and limits.perKey.concurrency

local scanned = redis.call('HSCAN', slots, slotCursor, 'COUNT', STEP)
local void = {}
for i = 1, #scanned[2], 2 do
  local id = scanned[2][i]
  local incarnation, key = scanned[2][i + 1]:match('^([^:]*):(.*)$')
  expect('SCARD', incarnation and claimsStart .. incarnation)
  if not incarnation or redis.call('SISMEMBER', claimsStart .. incarnation, id) == 0 then
    void[#void + 1] = { id = id, key = key }
  end
end
for _, one in ipairs(void) do
  redis.call('HDEL', slots, one.id)
  if one.key and add(busy, one.key, -1) <= 0 then redis.call('HDEL', busy, one.key) end
end

-- What is counted per key may have drifted: somebody wrote to it, or a slot went without being counted.
local function countAnew()
  local counts, all = {}, redis.call('HVALS', slots)
  for i = 1, #all do
    local key = all[i]:match(':(.*)$')
    if key then counts[key] = (counts[key] or 0) + 1 end
  end
  local counted = redis.call('HGETALL', busy)
  for i = 1, #counted, 2 do
    local key = counted[i]
    if tonumber(counted[i + 1]) ~= counts[key] then
      if counts[key] then redis.call('HSET', busy, key, counts[key]) else redis.call('HDEL', busy, key) end
    end
    counts[key] = nil
  end
  for key, count in pairs(counts) do redis.call('HSET', busy, key, count) end
end
if slotCursor == '0' and redis.call('HLEN', slots) <= MOST_COUNTED and redis.call('HLEN', busy) <= MOST_COUNTED then
  countAnew()
end

local function forgetGone(notes, cursor)
  local noted = redis.call('HSCAN', notes, cursor, 'COUNT', STEP)
  for i = 1, #noted[2], 2 do
    if redis.call('HEXISTS', jobs, noted[2][i]) == 0 then redis.call('HDEL', notes, noted[2][i]) end
  end
  return noted[1]
end
local costsAt, sinceAt = forgetGone(costs, costCursor), forgetGone(waitingSince, sinceCursor)

local lines = redis.call('ZRANGEBYSCORE', pending, '+inf', '+inf', 'LIMIT', lineCursor, STEP)
if #lines == 0 then return { scanned[1], 0, costsAt, sinceAt } end
local keys, ready = {}, {}
for i = 1, #lines do keys[i] = readLine(lines[i]) end
local running = redis.call('HMGET', busy, unpack(keys))
for i = 1, #lines do
  if not limit or (tonumber(running[i]) or 0) < limit then
    ready[#ready + 1] = lines[i]
    redis.call('ZREM', pending, lines[i])
  end
end
toTail(ready, {})
return { scanned[1], #lines == STEP and lineCursor + STEP - #ready or 0, costsAt, sinceAt }
