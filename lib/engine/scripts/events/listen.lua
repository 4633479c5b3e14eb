--[[
Says for how long the events of a queue are wanted; where they were not, begins to keep them.

ARGV  how: 'listens': for so long at least; 'always': for good; 'lapses': where it is for good, for so long from now
      forMs: how long, in ms
Returns the id of the newest event; '' where events that nobody wants are to lapse.

Relies on: the log is there as long as somebody wants it, and every script that has something to tell looks whether it
is. Its first entry says that what was before is not in it.
]]
local left = redis.call('PTTL', eventLog)
if left == -2 and how == 'lapses' then return '' end
if left == -2 then
  redis.call('XADD', eventLog, string.format('%.0f', clock()) .. '-1', 'event', 'began', 'job', '', 'data', '')
end
if how == 'always' then
  redis.call('PERSIST', eventLog)
elseif left == -2 or (left == -1 and how == 'lapses') or (left >= 0 and left < forMs and how == 'listens') then
  redis.call('PEXPIRE', eventLog, forMs)
end
return redis.call('XREVRANGE', eventLog, '+', '-', 'COUNT', 1)[1][1]
