--[[
Gives back what a dead incarnation held: active -> head of waiting, and counts a loss for the jobs that may be to blame.
A job that was lost too often does not go back: it stays in active, claimed by the calling incarnation, which fails it.

ARGV  dead: the dead incarnation
      hasEnded: whether its process has ended for sure, whatever its lease says
      limit: how many losses fail a job
      own: the calling incarnation
      most: how many ids at most; what is left over is for the next call
Returns {ids returned to waiting, {id, record, id, record, ...} of those lost too often}, or false when the dead
incarnation is alive or off the list already, or when the lease of the calling one is over.

Relies on: after the last claim is gone the incarnation is off the list, so whatever it settles later finds no claim. A
job with an entry in losses is a suspect, of which a process runs one at a time. No suspect among the claims: each job
gets a loss. One suspect: it alone gets a loss. Several: none does. Whichever gets no loss is a suspect all the same,
from now on, with an entry of 0 if it had none. Suspects come last, so that all calls for one death see them. Who has
not heard of a removal claims nothing under that id, see admit.lua: such a job goes back once more.
]]
local now = clock()
local leaseEnd = redis.call('ZSCORE', workers, dead)
if not leaseEnd or (tonumber(leaseEnd) > now and not hasEnded) then return false end
-- Who is late itself may have missed what others have missed too: an outage, or a jump of the clock.
local ownEnd = redis.call('ZSCORE', workers, own)
if not ownEnd or tonumber(ownEnd) <= now then return false end

local claimed = redis.call('SMEMBERS', deadClaims)
local ids, suspects, isSuspect = {}, {}, {}
local hasLosses = redis.call('HLEN', losses) > 0
for from = 1, #claimed, 1000 do
  local last = math.min(from + 999, #claimed)
  local counts = hasLosses and redis.call('HMGET', losses, unpack(claimed, from, last)) or {}
  for i = from, last do
    local list = counts[i - from + 1] and suspects or ids
    list[#list + 1] = claimed[i]
  end
end
for i = 1, #suspects do
  isSuspect[suspects[i]] = true
  ids[#ids + 1] = suspects[i]
end

local function count(id)
  if #suspects == 0 or (#suspects == 1 and isSuspect[id]) then return add(losses, id, 1) end
  redis.call('HSETNX', losses, id, 0)
  return 0
end

local to, returned, doomed = head(), {}, {}
for i = 1, math.min(most, #ids) do
  local id = ids[i]
  redis.call('SREM', deadClaims, id)
  redis.call('HDEL', claimNames, id)
  if redis.call('LREM', active, 1, id) == 1 then
    if count(id) < limit or redis.call('SISMEMBER', revoked, own .. ':' .. id) == 1 then
      redis.call('RPUSH', to, id)
      returned[#returned + 1] = id
    else
      redis.call('LPUSH', active, id)
      redis.call('SADD', ownClaims, id)
      doomed[#doomed + 1] = id
      doomed[#doomed + 1] = redis.call('HGET', jobs, id)
    end
  end
end
if #ids <= most then
  redis.call('ZREM', workers, dead)
  forgetRevoked(dead)
end
return { returned, doomed }
