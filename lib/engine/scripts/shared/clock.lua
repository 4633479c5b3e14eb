--[[
Tells the time of Redis; nothing else asks for it.

ARGV  unit: 'micros' for microseconds; nothing for milliseconds
Returns the time since the epoch.

Relies on: TIME costs more than most commands, so it is asked for once.
]]
if not micros then
  local time = redis.call('TIME')
  micros = time[1] * 1000000 + time[2]
end
return unit == 'micros' and micros or math.floor(micros / 1000)
