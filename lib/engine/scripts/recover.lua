--[[
Returns what a dead incarnation held: active -> head of waiting, and counts the death against what may be to blame. A job
that was lost too often is not offered again; it stays in active under the claim of the incarnation that calls, which fails it.

KEYS  1 workers  2 claims of the dead incarnation  3 active  4 waiting  5 losses  6 jobs
      7 claims of the calling incarnation; where the queue may have limits also  8 front  9 meta
ARGV  1 the dead incarnation  2 how many losses fail a job  3 the calling incarnation  4 how many ids at most
Returns {ids returned to waiting, {id, record, id, record, ...} of those lost too often}, or false when the
incarnation is alive or known to be gone, or when the calling one has no lease.

Relies on: after the last claim is gone the incarnation is off the list, so whatever it settles later finds no claim. A job
with an entry in losses is a suspect, of which a process runs one at a time: where there is one among the claims, it is to
blame, and the others are suspected from now on, with no loss counted. Where there is none, anyone may be to blame; where
there are several, nobody is. Suspects come last, so that all calls for one death see them.
]]
local workers, deadClaims, active, waiting = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local losses, jobs, ownClaims = KEYS[5], KEYS[6], KEYS[7]
local head = KEYS[8] and redis.call('HEXISTS', KEYS[9], 'limits') == 1 and KEYS[8] or waiting
local dead, limit, own, most = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local leaseEnd = redis.call('ZSCORE', workers, dead)
if not leaseEnd or tonumber(leaseEnd) > now then return false end
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

local returned, doomed = {}, {}
for i = 1, math.min(most, #ids) do
  local id = ids[i]
  redis.call('SREM', deadClaims, id)
  if redis.call('LREM', active, 1, id) == 1 then
    if count(id) < limit then
      redis.call('RPUSH', head, id)
      returned[#returned + 1] = id
    else
      redis.call('LPUSH', active, id)
      redis.call('SADD', ownClaims, id)
      doomed[#doomed + 1] = id
      doomed[#doomed + 1] = redis.call('HGET', jobs, id)
    end
  end
end
if #ids <= most then redis.call('ZREM', workers, dead) end
return { returned, doomed }
