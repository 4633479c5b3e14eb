--[[
Forgets what a queue that was deleted has handed over to another one, once all of it was done there.

ARGV  to: the other queue
      last: the id of the last that was done there
Returns 1 when it did, else 0.

Relies on: ids begin with the time, so those of a queue of the same name come after these.
]]
if redis.call('HGET', handovers, to) ~= last then return 0 end
redis.call('HDEL', handovers, to)
redis.call('UNLINK', other)
return 1
