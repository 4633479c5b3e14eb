--[[
Stores the record of a running job anew; where it says how far the job is, that goes to bee-queue's events channel too.

KEYS  1 claims of the incarnation  2 jobs  3 events (channel)
ARGV  1 id  2 record  3 message for the channel, or '' for none
Returns 1, or 0 when the claim or the job is gone and nothing was changed.

Relies on: only the holder of a claim rewrites the record of an active job. Calls drain.lua.
]]
local claims, jobs, events = KEYS[1], KEYS[2], KEYS[3]
if redis.call('SISMEMBER', claims, ARGV[1]) == 0 then return 0 end
-- A stock client removes a running job without knowing of claims.
if redis.call('HEXISTS', jobs, ARGV[1]) == 0 then return 0 end
drain({ claims }, { 'SREM' })
redis.call('HSET', jobs, ARGV[1], ARGV[2])
if ARGV[3] ~= '' then redis.pcall('PUBLISH', events, ARGV[3]) end
return 1
