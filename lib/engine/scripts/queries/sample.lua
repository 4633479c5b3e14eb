--[[
Keeps a census of a queue, once a minute: the first who comes in a minute does, the others change nothing.

ARGV  keptMinutes: for how many minutes a sample is kept
Returns 1 when it was kept, else 0; of a queue in which there never was a job nothing is.

Relies on: the clock of Redis, which all workers share, says which minute it is.
]]
if redis.call('EXISTS', jobs, stats) == 0 then return 0 end
local count = census()
local minute = math.floor(count[1] / 60000)
if redis.call('HSETNX', samples, minute, table.concat(count, ' ', 1, 4)) == 0 then return 0 end
for _, kept in ipairs(redis.call('HKEYS', samples)) do
  if (tonumber(kept) or 0) <= minute - keptMinutes then redis.call('HDEL', samples, kept) end
end
return 1
