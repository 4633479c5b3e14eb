--[[
Tells that a queue is drained, if it is: nothing waits and nothing runs. To be called where jobs have left it.

ARGV  eventLog: the key of its log, which is there
Returns nothing.

Relies on: most queues have no limits, so where the others keep what waits is not among the keys: their names are made
here.
]]
local start = eventLog:sub(1, -#'eventLog' - 1)
if redis.call('EXISTS', start .. 'waiting', start .. 'active', start .. 'front', start .. 'turns', start .. 'pending') == 0 then
  tell(eventLog, { 'drained', '', '' })
end
