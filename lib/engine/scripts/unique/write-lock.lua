--[[
Writes a lock, as save-unique.lua tells it.

ARGV  key: the unique key
      lock: the lock as a table
      mode: 'NX' when only a key that is free is taken, else nothing
Returns whether it was written.

Relies on: a job that is parked has not begun, so that it must not lose the key before it does: its lock has no end.
]]
local how = { mode }
if not lock.next and lock.endsAt ~= '' then
  if tonumber(lock.endsAt) <= clock() then
    redis.call('DEL', lockStart .. key)
    return false
  end
  how[#how + 1] = 'PXAT'
  how[#how + 1] = lock.endsAt
end
local wasWritten = redis.call('SET', lockStart .. key, cjson.encode(lock), unpack(how))
if lock.release == 'ttl' and lock.endsAt ~= '' then nameThrottle(key, lock.endsAt) end
return wasWritten and true or false
