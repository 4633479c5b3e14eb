--[[
Stores the record of a running job anew; where it says how far the job is, that goes to bee-queue's events channel too.

ARGV  id: the job
      record: to be stored
      message: message for the channel, or '' for none
Returns 1, or 0 when the claim or the job is gone and nothing was changed.

Relies on: only the holder of a claim rewrites the record of an active job.
]]
if redis.call('SISMEMBER', claims, id) == 0 then return 0 end
-- A stock client removes a running job without knowing of claims.
if redis.call('HEXISTS', jobs, id) == 0 then return 0 end
drain('SREM', claims)
redis.call('HSET', jobs, id, record)
if message ~= '' then
  redis.pcall('PUBLISH', events, message)
  if redis.call('EXISTS', eventLog) == 1 then tell(eventLog, { 'progress', id, message }) end
end
return 1
