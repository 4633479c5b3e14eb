--[[
Deletes a queue at once: whatever is added from now on is of a new one. Its live workers go on under new incarnations.
What may be many keys is left to bury.lua: their indexes get other names here, and a lock, line, batch, workflow or group
that no index names counts for nothing.

ARGV  mode: 'destroy' whatever there is; 'force' to delete the jobs that it holds too, else ''
      token: a token that no other deletion has
Returns {'deleted', how many keys}, also for this very command sent again, or, nothing changed, {'active', how many jobs
        run} or {'filled', how many jobs}.

Relies on: who holds claims is on the list of workers, and that is known here alone, so those keys are made here; there
are as many as workers. Memory is freed beside the commands, so the size of the queue does not matter.
]]
-- A queue with a key that is not what it should be can be deleted all the same.
local function read(otherwise, ...)
  local reply = redis.pcall(...)
  return type(reply) == 'table' and reply.err and otherwise or reply
end

local counted = read('', 'HGET', graves, token)
if counted == '' then redis.call('UNLINK', graves) end
if tonumber(counted) then return { 'deleted', tonumber(counted) } end

if mode ~= 'destroy' then
  local running = read(0, 'LLEN', active)
  if running > 0 then return { 'active', running } end
  local open = read(0, 'LLEN', waiting) + read(0, 'ZCARD', delayed)
  local ended = read(0, 'SCARD', succeeded) + read(0, 'SCARD', failed)
  local held = math.max(open + ended, read(0, 'HLEN', jobs))
  if held > 0 and mode ~= 'force' then return { 'filled', held } end
end

local deleted = redis.call('UNLINK', active, jobs, waiting, delayed, succeeded, failed)
for _, incarnation in ipairs(read({}, 'ZRANGE', workers, 0, -1)) do
  deleted = deleted + redis.call('UNLINK', claimsStart .. incarnation)
end
for _, index in ipairs({ batches, batchIndex, steps, flowIndex, turns, pending, groups, uniques, lockStart }) do
  if redis.call('EXISTS', index) == 1 then
    redis.call('RENAME', index, index .. ':deleted:' .. token)
    deleted = deleted + 1
  end
end
-- What is known of other slots stays, unless it is not what it should be.
for _, known in ipairs({ handovers, handed }) do
  if read('', 'HLEN', known) == '' then table.insert(others, known) end
end
table.insert(others, workers)
for _, other in ipairs(others) do deleted = deleted + redis.call('UNLINK', other) end
redis.call('HSET', graves, token, deleted)
return { 'deleted', deleted }
