--[[
Pauses a queue, or lets it go on.

ARGV  note: who paused it and when, as JSON; '' to let it go on
Returns 1, or 0 when it was so before.

Relies on: every take reads the pause before it takes.
]]
local isChanged = note == '' and redis.call('HDEL', meta, 'paused') or redis.call('HSETNX', meta, 'paused', note)
if isChanged == 1 and redis.call('EXISTS', eventLog) == 1 then
  tell(eventLog, { note == '' and 'resumed' or 'paused', '', note })
end
return isChanged
