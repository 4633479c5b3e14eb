--[[
Takes the lock of the record of the shards of a queue.

ARGV  token: by which the lock is known to be ours
      lockMs: after how many ms it ends by itself
Returns the number of the change, greater than that of all before; nil while another has the lock.

Relies on: the number stays when the lock goes.
]]
if redis.call('EXISTS', shardLock) == 1 then return nil end
local change = redis.call('HINCRBY', shardTurn, 'change', 1)
redis.call('SET', shardLock, token, 'PX', lockMs)
return change
