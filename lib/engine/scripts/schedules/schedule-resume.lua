--[[
Lets a paused schedule fire again.

ARGV  name: of the schedule
      fingerprint: fingerprint of the schedule that the next tick was reckoned for
      tick: that tick, epoch ms, or '' for none
      limit: how many jobs it fires at most, or ''
Returns 'resumed', 'unchanged' when it was not paused, 'changed' when it is another schedule by now, or 'absent'.

Relies on: a schedule in JSON has its fingerprint in it.
]]
local text = redis.call('HGET', schedules, name)
if not text then return 'absent' end
if redis.call('HEXISTS', schedules, name .. ':paused') == 0 then return 'unchanged' end
if marksOf(text) ~= fingerprint then return 'changed' end
redis.call('HDEL', schedules, name .. ':paused')
if tick ~= '' and not isSpent(name, limit) then redis.call('ZADD', scheduleTicks, tick, name) end
redis.pcall('PUBLISH', schedulesChanged, name)
return 'resumed'
