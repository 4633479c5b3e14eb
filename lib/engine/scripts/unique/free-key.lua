--[[
Lets go of a unique key, whatever its holder is doing: that goes on, and holds nothing any more. A job that is parked
behind it becomes the holder, and may start.

ARGV  key: the unique key
Returns the job that held it; nil when nobody did.

Relies on: the end of the job that held it finds another's lock or none, and leaves it as it is.
]]
expect('STRLEN', lockStart .. key)
expect('HLEN', uniques)
local lock = lockOf(key)
if not lock or not isNamed(key, lock) then return false end
unlock('removed', { lock.holder, key })
return lock.holder
