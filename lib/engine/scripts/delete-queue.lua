--[[
Deletes a queue: all its keys, the claims of workers and the groups included. Its live workers go on under new incarnations.

KEYS  1 active  2 jobs  3 waiting  4 delayed  5 succeeded  6 failed  7 workers  8 what the name of every set of claims
      starts with  9 turns  10 pending  11 what the name of every line starts with  12 batches  13 batchIndex
      14 what the name of every batch starts with  15 groups  16 what the name of the set of every group starts with
      17.. the other keys of the queue
ARGV  1 'force' to delete the jobs that it holds too, else ''
Returns {'deleted', how many keys}, or, nothing changed, {'active', how many jobs run} or {'filled', how many jobs}.

Relies on: who holds claims is on the list of workers, which lines, batches and groups there are is in their orders, and
all that is known here alone, so those keys are made here. Memory is freed beside the commands, so the size of the queue
does not matter. Its own batches go first, so that none of them adds a job here; to others its jobs count as removed. Calls
check-tally.lua and tally.lua.
]]
local active, jobs, waiting, delayed, succeeded = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local failed, workers, claimsStart = KEYS[6], KEYS[7], KEYS[8]
local turns, pending, linesStart = KEYS[9], KEYS[10], KEYS[11]
local batches, batchIndex, batchStart = KEYS[12], KEYS[13], KEYS[14]
local groups, groupStart = KEYS[15], KEYS[16]

local running = redis.call('LLEN', active)
if running > 0 then return { 'active', running } end
local open = redis.call('LLEN', waiting) + redis.call('ZCARD', delayed)
local ended = redis.call('SCARD', succeeded) + redis.call('SCARD', failed)
local held = math.max(open + ended, redis.call('HLEN', jobs))
if held > 0 and ARGV[1] ~= 'force' then return { 'filled', held } end

local ownBatches, isOwn = redis.call('ZRANGE', batchIndex, 0, -1), {}
for _, id in ipairs(ownBatches) do isOwn[batchStart .. id] = true end
local members, ofOthers = redis.call('HGETALL', batches), { 'removed' }
for i = 1, #members, 2 do
  if not isOwn[members[i + 1]:sub(2)] then ofOthers[#ofOthers + 1] = members[i] end
end
checkTally({ batches }, ofOthers)

local deleted = 0
for _, id in ipairs(ownBatches) do deleted = deleted + redis.call('UNLINK', batchStart .. id) end
tally({ batches }, ofOthers)
for _, incarnation in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
  deleted = deleted + redis.call('UNLINK', claimsStart .. incarnation)
end
for _, standing in ipairs({ turns, pending }) do
  for _, key in ipairs(redis.call('ZRANGE', standing, 0, -1)) do
    deleted = deleted + redis.call('UNLINK', linesStart .. key)
  end
end
for _, group in ipairs(redis.call('ZRANGE', groups, 0, -1)) do
  deleted = deleted + redis.call('UNLINK', groupStart .. group)
end
for i = 1, #KEYS do deleted = deleted + redis.call('UNLINK', KEYS[i]) end
return { 'deleted', deleted }
