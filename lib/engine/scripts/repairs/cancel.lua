--[[
Notes that a running job is cancelled, and tells its worker.

ARGV  id: the job
      reason: why, or '' where nobody said
Returns 1, or 0 when the job is not running.

Relies on: what is noted in cancelled is never retried: settle sends it back to waiting, where take says of it that it
is cancelled, and only its end takes it out. The first reason stays, as it does with the handler. A reason goes out
before the id alone, which workers of the version before know; lapsed.lua drops those of jobs that have ended.
]]
if not redis.call('LPOS', active, id) then return 0 end
drain('SREM', cancelled)
local isNew = redis.call('SADD', cancelled, id) == 1
if reason ~= '' then
  redis.call(isNew and 'HSET' or 'HSETNX', cancelReasons, id, reason)
  redis.pcall('PUBLISH', cancels, '\1' .. cjson.encode({ id, reason }))
elseif isNew then
  redis.call('HDEL', cancelReasons, id)
end
redis.pcall('PUBLISH', cancels, id)
return 1
