--[[
Removes the oldest finished jobs, as long as they are still the oldest; passes over those that a stock client removed.

ARGV  ids: ids, oldest first
Returns how many were removed.

Relies on: what comes to the right end of succeededOrder in between only makes it stop.
]]
local function oldest()
  local id = redis.call('LINDEX', succeededOrder, -1)
  while id and redis.call('HEXISTS', jobs, id) == 0 do
    redis.call('RPOP', succeededOrder)
    redis.call('SREM', succeeded, id)
    id = redis.call('LINDEX', succeededOrder, -1)
  end
  return id
end

for i = FIRST, #ids do
  if oldest() ~= ids[i] then return i - 1 end
  redis.call('RPOP', succeededOrder)
  -- One that is only here was removed by a stock client; another job may go by its id since.
  if redis.call('SREM', succeeded, ids[i]) == 1 then redis.call('HDEL', jobs, ids[i]) end
end
return #ids
