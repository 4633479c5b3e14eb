--[[
Keeps a lock for another while, or lets go of it.

ARGV  token: by which the lock is known to be ours
      lockMs: for how long it is kept; 0 to let go of it
Returns 1, or 0 when it is another's by now, or nobody's, and nothing was changed.

Relies on: a lock with a token of ours is nobody else's.
]]
if redis.call('GET', shardLock) ~= token then return 0 end
if lockMs == 0 then redis.call('DEL', shardLock) else redis.call('PEXPIRE', shardLock, lockMs) end
return 1
