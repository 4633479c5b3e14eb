--[[
Claims up to n waiting jobs for one incarnation of a worker: waiting -> active, plus its claim.

ARGV  incarnation: that of the worker
      leaseMs: lease in ms
      wanted: how many are wanted
      joins: whether the incarnation is new
      maySuspect: whether one suspect may be among them
      claimName: see hold.lua
Returns {'ok', now} when nothing was there, else {'ok', now, and what hold.lua returns};
        where jobs have losses {'ok', now, ids, records, cancelled, ms until it is worth asking again or -1, the suspect
        among the ids or '', 1 when other suspects were left where they are, else 0};
        {'paused', now}, {'burnt', now}, {'revoked', now, ids: see admit.lua}, or {'limited', now} where
        take-limited.lua is to be asked: in these nothing was taken.

Relies on: served from the right end of waiting, as bee-queue does. A job with an entry in losses is a suspect.
]]
-- How soon it is worth looking again for others than suspects.
local LOOK_MS = 250

-- Otherwise popping is the first write, and what only is read needs no check.
if joins then
  redis.call('LLEN', waiting)
  redis.call('ZCARD', workers)
end
local hasLosses = isNoted() and redis.call('HLEN', losses) > 0

local refusal, now, limits, told = admit(incarnation, joins)
if limits and not refusal then refusal = 'limited' end
if refusal then return { refusal, now, told } end

if joins then
  drain('SREM', claims)
  redis.call('ZADD', workers, now + leaseMs, incarnation)
end

-- The suspects that were set aside go back to the head.
if hasLosses and wanted > 0 then
  local ids, aside, suspect = skim(waiting, wanted, maySuspect, 0)
  for i = #aside, 1, -1 do redis.call('RPUSH', waiting, aside[i]) end
  local again = #aside > 0 and #ids < wanted and LOOK_MS or -1
  local left = #aside > 0 and 1 or 0
  if #ids == 0 then return { 'ok', now, '[]', {}, '[]', again, suspect, left } end
  local names, records, stopped = hold(ids, claimName)
  return { 'ok', now, names, records, stopped or '[]', again, suspect, left }
end
local ids = wanted > 0 and redis.call('RPOP', waiting, wanted)
if not ids then return { 'ok', now } end
return { 'ok', now, hold(ids, claimName) }
