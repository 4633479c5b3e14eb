--[[
Removes a schedule with all that is kept of it; its jobs stay.

KEYS  1 schedules  2 scheduleTicks  3 firings  4 declarations
ARGV  1 name
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
for _, voice in ipairs(redis.call('ZRANGE', declarations, 0, -1)) do
  if voice:sub(1, #name + 1) == name .. ':' then redis.call('ZREM', declarations, voice) end
end
return existed
