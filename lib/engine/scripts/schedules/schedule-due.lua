--[[
Finds the schedules whose next tick has come.

ARGV  most: how many at most
Returns {now, the earliest tick that is yet to come or '', {name, tick, schedule as JSON, ...}}, times in epoch ms.

Relies on: scores are epoch ms of Redis's clock. A tick without its schedule, which no script leaves, is dropped. One that
no clock has told, before the epoch, is taken for one of now: nobody could reckon with it.
]]
local now = clock()
local nextTick = redis.call('ZRANGEBYSCORE', scheduleTicks, '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
local due = redis.call('ZRANGEBYSCORE', scheduleTicks, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
local found = {}
for i = 1, #due, 2 do
  local text = redis.call('HGET', schedules, due[i])
  if text then
    local tick = due[i + 1]
    if tonumber(tick) < 0 then
      tick = string.format('%.0f', now)
      redis.call('ZADD', scheduleTicks, tick, due[i])
    end
    found[#found + 1] = due[i]
    found[#found + 1] = tick
    found[#found + 1] = text
  else
    redis.call('ZREM', scheduleTicks, due[i])
  end
end
return { now, nextTick or '', found }
