--[[
Tells which job holds a unique key.

ARGV  key: the unique key
Returns {the holder, what lets go of it: 'end' or 'ttl', when it is let go at the latest in epoch ms or '', the job that
is parked behind it or ''}; nil when nobody holds it.

Relies on: it only looks. Of a throttle the holder may have ended or be gone.
]]
expect('STRLEN', lockStart .. key)
expect('HLEN', uniques)
expect('HLEN', jobs)
expect('SCARD', succeeded)
expect('SCARD', failed)
local lock = lockOf(key)
if not lock or not isNamed(key, lock) then return false end
if lock.release == 'end' and isOver(lock.holder) then return false end
return { lock.holder, lock.release, lock.endsAt, lock.next and lock.next.id or '' }
