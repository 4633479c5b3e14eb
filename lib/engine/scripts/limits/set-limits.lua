--[[
Sets the limits of a queue in the place of those that it had, or lifts them.

ARGV  note: what holds back starts, who set it and when, as JSON
      isLifted: whether the note is of no such limit
      most: what holds back adds, a number with other words behind it; '' for no such limit
Returns 1.

Relies on: a note of no limits has workers undo what they have made of limits before; where they have made nothing, and
no job has a priority, nothing is left of it.
]]
if most == '' then redis.call('HDEL', meta, 'maxWaiting') else redis.call('HSET', meta, 'maxWaiting', most) end
local isUsed = redis.call('EXISTS', front, turns, pending, moved, rates, slots, busy, costs, aging, waitingSince) > 0
  or redis.call('HEXISTS', meta, 'priorities') == 1
if not isLifted then
  redis.call('HSET', meta, 'limits', note)
elseif not isUsed then
  redis.call('HDEL', meta, 'limits')
elseif redis.call('HEXISTS', meta, 'limits') == 1 then
  redis.call('HSET', meta, 'limits', note)
end
return 1
