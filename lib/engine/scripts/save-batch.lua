--[[
Stores the next members of a batch, and the batch itself with the first of them.

KEYS  1 the batch  2 index of the batches  3 jobs  4 waiting  5 delayed  6 earlierDelayed (channel), all of the queue of
      its last job  then five for each queue that has some of these members: jobs, waiting, delayed, earlierDelayed
      (channel), batches
ARGV  1 id of the batch  2 how many members it is to have  3 how many of them come before these  4 when its last job is
      added: 'succeeded' or 'ended'  5 how long the batch stays once it is over, or once nobody adds to it any more, in
      ms  6 id of the last job  7 its data as JSON  8 what follows the data in its record, up to what the batch comes to
      9 what follows that  10 its start, as in save.lua  then per member five: number of its queue among the KEYS behind
      the first six, from 0; what follows the data in the record; the start; id; data as JSON
Returns {'added', how many are stored now, id of the last job}, also for this very command sent again; likewise
        {'existed', ...} when these were stored by another; {'other'} when the batch of that id is another one, or gone.

Relies on: the client made the ids of the members, so they are free; whoever adds to a batch does so from the first member
to the last, as many at a time as anybody. Calls save.lua.
]]
local batch, index = KEYS[1], KEYS[2]
local id, total, before, when, keepMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local FIRST, FIRST_KEY, PARTS = 11, 7, 5

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- One that the index does not name went with a queue of this name, and is only waiting to be removed.
if not redis.call('ZSCORE', index, id) then redis.call('UNLINK', batch) end
if before == 0 and redis.call('EXISTS', batch) == 0 then
  local fresh = { 'id', id, 'total', total, 'added', 0, 'succeeded', 0, 'failed', 0, 'kept', 0, 'when', when }
  redis.call('HSET', batch, unpack(fresh))
  local createdAt = string.format('%.0f', now)
  redis.call('HSET', batch, 'keepMs', keepMs, 'index', index, 'createdAt', createdAt)
  local last = { 'lastId', ARGV[6], 'lastData', ARGV[7], 'head', ARGV[8], 'tail', ARGV[9], 'start', ARGV[10] }
  redis.call('HSET', batch, unpack(last))
  redis.call('HSET', batch, 'jobs', KEYS[3], 'waiting', KEYS[4], 'delayed', KEYS[5], 'earlierDelayed', KEYS[6])
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
end

local known = redis.call('HMGET', batch, 'total', 'added', 'newest', 'lastId')
local added = tonumber(known[2] or -1)
if tonumber(known[1] or -1) ~= total or added < before then return { 'other' } end
local lastId = known[4] or ''
if added > before then
  return { known[3] == ARGV[FIRST + 3] and 'added' or 'existed', added, lastId }
end

for i = FIRST, #ARGV, PARTS do
  local at = FIRST_KEY + PARTS * tonumber(ARGV[i])
  local queue = { KEYS[at], KEYS[at + 1], KEYS[at + 2], KEYS[at + 3] }
  save(queue, { ARGV[i + 1], ARGV[i + 2], 1, ARGV[i + 3], ARGV[i + 4] })
  redis.call('HSET', KEYS[at + 4], ARGV[i + 3], 'p' .. batch)
  added = added + 1
end
redis.call('HSET', batch, 'added', added, 'newest', ARGV[FIRST + 3])
if added == total then
  redis.call('PERSIST', batch)
  redis.call('ZADD', index, '+inf', id)
else
  redis.call('PEXPIRE', batch, keepMs)
  redis.call('ZADD', index, now + keepMs, id)
end
return { 'added', added, lastId }
