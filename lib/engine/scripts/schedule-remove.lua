--[[
Removes a schedule with all that is kept of it; its jobs stay. Where workers declare it, it is noted that it was removed,
for as long as they say so: who finds neither the schedule nor the note knows that Redis has lost its data.

KEYS  1 schedules  2 scheduleTicks  3 firings  4 declarations
ARGV  1 name  2 for how long the note is kept, in ms
Returns 1, or 0 when there was none.

Relies on: names have no colon; the character behind a colon is a semicolon. Declarations are few: one per schedule and
version of the code that runs.
]]
local schedules, ticks, firings, declarations = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name = ARGV[1]

local existed = redis.call('HDEL', schedules, name)
redis.call('HDEL', schedules, name .. ':declared', name .. ':paused', name .. ':last')
redis.call('ZREM', ticks, name)
redis.call('ZREMRANGEBYLEX', firings, '[' .. name .. ':', '(' .. name .. ';')
local wasDeclared = false
for _, voice in ipairs(redis.call('ZRANGE', declarations, 0, -1)) do
  if voice:sub(1, #name + 1) == name .. ':' then
    wasDeclared = true
    redis.call('ZREM', declarations, voice)
  end
end
if wasDeclared then
  local time = redis.call('TIME')
  redis.call('ZADD', declarations, time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], name .. ':')
  redis.call('PEXPIRE', declarations, ARGV[2])
end
return existed
