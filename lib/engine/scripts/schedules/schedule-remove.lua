--[[
Removes a schedule with all that is kept of it; its jobs stay. Where workers declare it, it is noted that it was
removed, for as long as they say so: who finds neither the schedule nor the note knows that Redis has lost its data.

ARGV  name: of the schedule
      ttl: for how long the note is kept, in ms
Returns 1, or 0 when there was none.

Relies on: names have no colon; the character behind a colon is a semicolon. Declarations are few: one per schedule and
version of the code that runs.
]]
local existed = redis.call('HDEL', schedules, name)
redis.call('HDEL', schedules, name .. ':declared', name .. ':paused', name .. ':last', name .. ':fired')
redis.call('ZREM', scheduleTicks, name)
redis.call('ZREMRANGEBYLEX', firings, '[' .. name .. ':', '(' .. name .. ';')
local wasDeclared = false
for _, voice in ipairs(redis.call('ZRANGE', declarations, 0, -1)) do
  if voice:sub(1, #name + 1) == name .. ':' then
    wasDeclared = true
    redis.call('ZREM', declarations, voice)
  end
end
if wasDeclared then
  redis.call('ZADD', declarations, clock() + ttl, name .. ':')
  redis.call('PEXPIRE', declarations, ttl)
end
return existed
