--[[
Tells whether a lock counts: one that is not named went with a queue of this name, and is only waiting to be removed.

ARGV  key: the unique key
      lock: what lock-of.lua has read
Returns true or false.

Relies on: uniques names the holder, the throttles name the keys of those that outlast their jobs.
]]
return redis.call('HGET', uniques, lock.holder) == key
  or (lock.release == 'ttl' and redis.call('ZSCORE', lockStart, key) and true or false)
