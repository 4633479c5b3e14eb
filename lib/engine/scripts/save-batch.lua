--[[
Stores the next members of a batch, and the batch itself with the first of them.

KEYS  1 the batch  2 index of the batches  then five for each queue that has some of these members: jobs, waiting, delayed,
      earlierDelayed (channel), batches
ARGV  1 id of the batch  2 how many members it is to have  3 how many of them come before these  4 when its last job is
      added: 'succeeded' or 'ended'  5 that job as JSON, see tally.lua  6 how long the batch stays once it is over, or once
      nobody adds to it any more, in ms  then per member five: number of its queue among the KEYS, from 0; what follows
      the data in the record; the start, as in save.lua; id; data as JSON
Returns {'added', how many are stored now, id of the last job}, also for this very command sent again; likewise
        {'existed', ...} when these were stored by another; {'other'} when the batch of that id is another one, or gone.

Relies on: the client made the ids of the members, so they are free; whoever adds to a batch does so from the first member
to the last, as many at a time as anybody. Calls save.lua.
]]
local batch, index = KEYS[1], KEYS[2]
local id, total, before, keepMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[6])
local FIRST, PARTS = 7, 5

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- One that the index does not name went with a queue of this name, and is only waiting to be removed.
if not redis.call('ZSCORE', index, id) then redis.call('UNLINK', batch) end
if before == 0 and redis.call('EXISTS', batch) == 0 then
  local fresh = { 'id', id, 'total', total, 'added', 0, 'succeeded', 0, 'failed', 0, 'kept', 0, 'when', ARGV[4] }
  redis.call('HSET', batch, unpack(fresh))
  local createdAt = string.format('%.0f', now)
  redis.call('HSET', batch, 'last', ARGV[5], 'keepMs', keepMs, 'index', index, 'createdAt', createdAt)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
end

local known = redis.call('HMGET', batch, 'total', 'added', 'newest', 'last')
local added = tonumber(known[2] or -1)
if tonumber(known[1] or -1) ~= total or added < before then return { 'other' } end
local lastId = cjson.decode(known[4]).id
if added > before then
  return { known[3] == ARGV[FIRST + 3] and 'added' or 'existed', added, lastId }
end

for i = FIRST, #ARGV, PARTS do
  local at = 3 + PARTS * tonumber(ARGV[i])
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
