--[[
Returns what a dead incarnation held: active -> head of waiting, a loss counted for each. A job that was lost too
often is not offered again; it stays in active under the claim of the incarnation that calls, which fails it.

KEYS  1 workers  2 claims of the dead incarnation  3 active  4 waiting  5 losses  6 jobs
      7 claims of the calling incarnation; where the queue may have limits also  8 front  9 meta
ARGV  1 the dead incarnation  2 how many losses fail a job  3 the calling incarnation, '' when it has no lease (then all go to waiting)
      4 how many ids at most
Returns {ids returned to waiting, {id, record, id, record, ...} of those lost too often}, or false when the
incarnation is alive or known to be gone, or when the calling one is burnt.

Relies on: after the last claim is gone the incarnation is off the list, so whatever it settles later finds no claim.
]]
local workers, deadClaims, active, waiting = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local losses, jobs, ownClaims = KEYS[5], KEYS[6], KEYS[7]
local head = KEYS[8] and redis.call('HEXISTS', KEYS[9], 'limits') == 1 and KEYS[8] or waiting
local dead, limit, own, most = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local leaseEnd = redis.call('ZSCORE', workers, dead)
if not leaseEnd or tonumber(leaseEnd) > now then return false end
if own ~= '' and not redis.call('ZSCORE', workers, own) then return false end

local returned, doomed = {}, {}
for _, id in ipairs(redis.call('SPOP', deadClaims, most)) do
  if redis.call('LREM', active, 1, id) == 1 then
    if add(losses, id, 1) < limit or own == '' then
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
if redis.call('EXISTS', deadClaims) == 0 then redis.call('ZREM', workers, dead) end
return { returned, doomed }
