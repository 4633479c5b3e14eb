--[[
Stores the record of the shards of a queue and tells who listens, for who holds the lock of it.

ARGV  queue: its name
      token: of the lock
      lockMs: for how long the lock is kept from now on, in ms
      record: to store
Returns 1, or 0 when the lock is another's by now, or nobody's, and nothing was changed.

Relies on: the lock is in the slot of the record, so that nothing can come between the look and the write.
]]
if redis.call('GET', shardLock) ~= token then return 0 end
redis.call('PEXPIRE', shardLock, lockMs)
redis.call('HSET', shardRecords, queue, record)
redis.call('PUBLISH', otherChannel, queue)
return 1
