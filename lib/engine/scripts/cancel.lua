--[[
Notes that a running job is cancelled, and tells its worker.

KEYS  1 active  2 cancelled  3 cancels (channel)
ARGV  1 id
Returns 1, or 0 when the job is not running.

Relies on: what is noted in cancelled is never retried: settle sends it back to waiting, where take says of it that it
is cancelled, and only its end takes it out. Calls drain.lua.
]]
local active, cancelled, cancels = KEYS[1], KEYS[2], KEYS[3]
if not redis.call('LPOS', active, ARGV[1]) then return 0 end
drain({ cancelled }, { 'SREM' })
redis.call('SADD', cancelled, ARGV[1])
redis.pcall('PUBLISH', cancels, ARGV[1])
return 1
