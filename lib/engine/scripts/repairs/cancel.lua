--[[
Notes that a running job is cancelled, and tells its worker.

ARGV  id: the job
Returns 1, or 0 when the job is not running.

Relies on: what is noted in cancelled is never retried: settle sends it back to waiting, where take says of it that it
is cancelled, and only its end takes it out.
]]
if not redis.call('LPOS', active, id) then return 0 end
drain('SREM', cancelled)
redis.call('SADD', cancelled, id)
redis.pcall('PUBLISH', cancels, id)
return 1
