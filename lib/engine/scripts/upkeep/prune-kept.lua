--[[
Removes ended jobs that have stayed for as long as they say, and forgets of others that they were to go.

ARGV  near: the nearest place of the window in which those that succeeded are looked for, counted from the right end of
        their order, from 1; or 0 where all of that is searched for each
      far: its farthest
      noted: per job three: id; until when it stays, as read before; the state that it is to be removed from, 'succeeded'
        or 'failed', or '' where it is only to be forgotten
Returns how many of them were dealt with, from the first on, and how many were removed. With a window all are dealt with:
one that succeeded and is not in it is left as it is.

Relies on: a job that ended anew meanwhile has another time, and is left alone. Without a window a call stops once it
has passed so many places. With one an empty id takes the place of a job; the caller takes those out of the order
together, and no job has that id.
]]
local MOST_PASSED = 200000
local length = redis.call('LLEN', succeededOrder)
local places = {}
if near > 0 then
  local first = math.max(0, length - far)
  local ids = redis.call('LRANGE', succeededOrder, first, length - near)
  for i = 1, #ids do places[ids[i]] = first + i - 1 end
end

local passed, removed = 0, 0
for i = FIRST, #noted, 3 do
  if passed > MOST_PASSED then return { (i - FIRST) / 3, removed } end
  local id, at, state = noted[i], noted[i + 1], noted[i + 2]
  local isInReach = near == 0 or state ~= 'succeeded' or places[id]
  if isInReach and redis.call('ZSCORE', keptUntil, id) == at then
    redis.call('ZREM', keptUntil, id)
    local isIn = state ~= '' and redis.call('SREM', state == 'failed' and failed or succeeded, id) == 1
    if isIn and state == 'failed' then
      redis.call('ZREM', failedOrder, id)
    elseif isIn and near > 0 then
      redis.call('LSET', succeededOrder, places[id], '')
    elseif isIn then
      pluck(succeededOrder, id)
      passed = passed + length
    end
    if isIn then removed = removed + redis.call('HDEL', jobs, id) end
  end
end
return { (#noted - FIRST + 1) / 3, removed }
