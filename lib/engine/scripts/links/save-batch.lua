--[[
Stores the next members of a batch, and the batch itself with the first of them.

ARGV  id: id of the batch
      total: how many members it is to have
      before: how many of them come before these
      when: when its last job is added: 'succeeded' or 'ended'
      keepMs: how long the batch stays once it is over, or once nobody adds to it any more, in ms
      lastId: id of the last job
      lastData: its data as JSON
      lastHead: what follows the data in its record, up to what the batch comes to
      lastTail: what follows that
      lastStart: its start, as in save.lua
      members: per member four: number of its queue among those given, from 0; the start; id; record
Returns {'added', how many are stored now, id of the last job}, also for this very command sent again; likewise
        {'existed', ...} when these were stored by another; {'other'} when the batch of that id is another one, or gone;
        {'full'} when a queue has no room for all of these that are to start at once: none of them is stored then.

Relies on: the client made the ids of the members, so they are free; whoever adds to a batch does so from the first
member to the last, as many at a time as anybody.
]]
local PARTS = 4

local now = clock()

local wanted = {}
for i = FIRST, #members, PARTS do
  local at = 1 + members[i]
  if members[i + 1] == '' then wanted[at] = (wanted[at] or 0) + 1 end
end
-- What this very command has stored, sent before, takes no further room.
if tonumber(redis.call('HGET', batch, 'added') or 0) <= before and not haveRoom(queues, wanted) then
  return { 'full' }
end

-- One that the index does not name went with a queue of this name, and is only waiting to be removed.
if not redis.call('ZSCORE', batchIndex, id) then redis.call('UNLINK', batch) end
if before == 0 and redis.call('EXISTS', batch) == 0 then
  local fresh = { 'id', id, 'total', total, 'added', 0, 'succeeded', 0, 'failed', 0, 'kept', 0, 'when', when }
  redis.call('HSET', batch, unpack(fresh))
  local createdAt = string.format('%.0f', now)
  redis.call('HSET', batch, 'keepMs', keepMs, 'index', batchIndex, 'createdAt', createdAt)
  local last = { 'lastId', lastId, 'lastData', lastData, 'head', lastHead, 'tail', lastTail, 'start', lastStart }
  redis.call('HSET', batch, unpack(last))
  redis.call('HSET', batch, 'jobs', jobs, 'waiting', waiting, 'delayed', delayed, 'earlierDelayed', earlierDelayed)
  redis.call('HSET', batch, 'eventLog', eventLog)
  redis.call('ZREMRANGEBYSCORE', batchIndex, '-inf', now)
end

local known = redis.call('HMGET', batch, 'total', 'added', 'newest', 'lastId')
local added = tonumber(known[2] or -1)
if tonumber(known[1] or -1) ~= total or added < before then return { 'other' } end
local storedId = known[4] or ''
if added > before then
  return { known[3] == members[FIRST + 2] and 'added' or 'existed', added, storedId }
end

for i = FIRST, #members, PARTS do
  local to, memberId = queues[1 + members[i]], members[i + 2]
  local one = { members[i + 1], 1, memberId, members[i + 3] }
  store(to.jobs, to.waiting, to.delayed, to.earlierDelayed, to.eventLog, nil, one)
  redis.call('HSET', to.batches, memberId, 'p' .. batch)
  added = added + 1
end
redis.call('HSET', batch, 'added', added, 'newest', members[FIRST + 2])
keep(batch, batchIndex, id, added < total and keepMs or nil)
return { 'added', added, storedId }
