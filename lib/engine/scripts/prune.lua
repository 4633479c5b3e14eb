--[[
Removes the oldest finished jobs, as long as they are still the oldest; passes over those that a stock client removed.

KEYS  1 jobs  2 succeeded  3 succeededOrder
ARGV  ids, oldest first
Returns how many were removed.

Relies on: what comes to the right end of succeededOrder in between only makes it stop.
]]
local jobs, succeeded, order = KEYS[1], KEYS[2], KEYS[3]
local function oldest()
  local id = redis.call('LINDEX', order, -1)
  while id and redis.call('HEXISTS', jobs, id) == 0 do
    redis.call('RPOP', order)
    redis.call('SREM', succeeded, id)
    id = redis.call('LINDEX', order, -1)
  end
  return id
end

for i = 1, #ARGV do
  if oldest() ~= ARGV[i] then return i - 1 end
  redis.call('RPOP', order)
  -- One that is only here was removed by a stock client; another job may go by its id since.
  if redis.call('SREM', succeeded, ARGV[i]) == 1 then redis.call('HDEL', jobs, ARGV[i]) end
end
return #ARGV
