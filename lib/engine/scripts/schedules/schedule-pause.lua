--[[
Stops a schedule from firing; a tick that has come and was not seen to yet falls.

ARGV  name: of the schedule
      note: who paused it and when, as JSON
Returns 'paused', 'unchanged' when somebody had paused it before, or 'absent'.

Relies on: a command that is sent again carries the same note.
]]
if redis.call('HEXISTS', schedules, name) == 0 then return 'absent' end
if redis.call('HSETNX', schedules, name .. ':paused', note) == 0 then
  return redis.call('HGET', schedules, name .. ':paused') == note and 'paused' or 'unchanged'
end
redis.call('ZREM', scheduleTicks, name)
return 'paused'
