--[[
Deletes a queue at once: whatever is added from now on is of a new one. Its live workers go on under new incarnations.
What may be many keys is left to bury.lua: their indexes get other names here, and a lock, line, batch or group that no
index names counts for nothing.

KEYS  1 active  2 jobs  3 waiting  4 delayed  5 succeeded  6 failed  7 workers  8 what the name of every set of claims
      starts with  9 graves  10.. the indexes, then the other keys of the queue
ARGV  1 'destroy' whatever there is; 'force' to delete the jobs that it holds too, else ''  2 a token that no other deletion
      has  3 how many indexes
Returns {'deleted', how many keys}, also for this very command sent again, or, nothing changed, {'active', how many jobs
        run} or {'filled', how many jobs}.

Relies on: who holds claims is on the list of workers, and that is known here alone, so those keys are made here; there are
as many as workers. Memory is freed beside the commands, so the size of the queue does not matter.
]]
local active, jobs, waiting, delayed, succeeded = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local failed, workers, claimsStart, graves = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local mode, token, lastIndex = ARGV[1], ARGV[2], 9 + ARGV[3]

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

local deleted = 0
for _, incarnation in ipairs(read({}, 'ZRANGE', workers, 0, -1)) do
  deleted = deleted + redis.call('UNLINK', claimsStart .. incarnation)
end
for i = 10, lastIndex do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('RENAME', KEYS[i], KEYS[i] .. ':deleted:' .. token)
    deleted = deleted + 1
  end
end
for i = 1, 7 do deleted = deleted + redis.call('UNLINK', KEYS[i]) end
for i = lastIndex + 1, #KEYS do deleted = deleted + redis.call('UNLINK', KEYS[i]) end
redis.call('HSET', graves, token, deleted)
return { 'deleted', deleted }
