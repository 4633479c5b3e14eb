--[[
Reads the lock of a unique key, as save-unique.lua tells it.

ARGV  key: the unique key
Returns it, or nil where there is none or what is there is none: then nobody holds the key.

Relies on: a lock is small JSON of our own, without anything of a job's data.
]]
local isRead, lock = pcall(cjson.decode, redis.call('GET', lockStart .. key) or '')
local function isTime(value)
  return value == '' or (type(value) == 'string' and tonumber(value) ~= nil)
end
if not isRead or type(lock) ~= 'table' or type(lock.holder) ~= 'string' then return nil end
if not isTime(lock.endsAt) or (lock.release ~= 'end' and lock.release ~= 'ttl') then return nil end
local after = lock.next
if after == nil then return lock end
if type(after) ~= 'table' or type(after.id) ~= 'string' or not tonumber(after.startAt) or not isTime(after.ttl) then
  lock.next = nil
end
return lock
