--[[
Stores a schedule as it was elsewhere, unless there is one of its name.

ARGV  name: of the schedule
      schedule: the schedule as JSON
      tick: its next tick, epoch ms, or '' when there is none
      note: who paused it and when, as JSON, or ''
      fired: how often it has fired of its limit, or ''
Returns 1, or 0 when there was one.

Relies on: a schedule that is paused has no tick, as schedule-pause.lua leaves it.
]]
if redis.call('HSETNX', schedules, name, schedule) == 0 then return 0 end
if fired ~= '' then redis.call('HSET', schedules, name .. ':fired', fired) end
if note ~= '' then
  redis.call('HSET', schedules, name .. ':paused', note)
elseif tick ~= '' then
  redis.call('ZADD', scheduleTicks, tick, name)
end
redis.pcall('PUBLISH', schedulesChanged, name)
return 1
