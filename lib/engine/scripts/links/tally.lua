--[[
Counts what became of members of batches. Where a batch is complete by it, the job that is to come after it is added.

ARGV  batches: the key of the members, which may be that of a queue that was deleted
      what: 'succeeded'; 'failed', and kept; 'removed', or failed and not kept; 'retried', offered again after it had
        failed; 'open': nothing became of them, but their batches are looked at
      members: their ids
Returns how many of them were members.

A member is in batches: id -> 'p' (it is to come) or 'f' (it has failed and is kept), and behind it the key of its
batch. A batch is a hash: `id`; `total`, how many members it is to have; `added`, how many of them are stored;
`succeeded`; `failed`, kept or not; `kept`, those of them that could be retried; `when` the last job is added;
`lastId`, `lastData`, `head`, `tail` and `start`, the parts of that job, and `jobs`, `waiting`, `delayed`,
`earlierDelayed` and `eventLog`, the keys of its queue; `concludedAt`; `keepMs`, how long it stays once it is over;
`index`, the key of the index that it is in.

Relies on: what a member is counted as is said by its entry, so the same end told twice counts once. Where a batch is,
is known from the entry alone, so its keys are not given here; in Cluster they share the queue's hash tag.
]]
local MOST, MOST_MS, DAY_MS = 2 ^ 53, 2 ^ 40, 86400000
local now = clock()

local function note(id, state, batch)
  redis.call('HSET', batches, id, state .. batch)
end

local function count(id, state, batch)
  local hasFailed = state == 'f'
  if what == 'failed' and not hasFailed then
    add(batch, 'failed', 1)
    add(batch, 'kept', 1)
    note(id, 'f', batch)
  elseif what == 'retried' and hasFailed then
    add(batch, 'failed', -1)
    add(batch, 'kept', -1)
    note(id, 'p', batch)
  elseif what == 'succeeded' or what == 'removed' then
    redis.call('HDEL', batches, id)
    if hasFailed then add(batch, 'kept', -1) end
    if what == 'succeeded' then
      add(batch, 'succeeded', 1)
      if hasFailed then add(batch, 'failed', -1) end
    elseif not hasFailed then
      add(batch, 'failed', 1)
    end
  end
end

local function conclude(batch, total, done, dead)
  local keys = redis.call('HMGET', batch, 'jobs', 'waiting', 'delayed', 'earlierDelayed', 'eventLog')
  local job = redis.call('HMGET', batch, 'lastId', 'lastData', 'head', 'tail', 'start')
  for i = 1, 4 do
    if not keys[i] or not job[i] then return end
  end
  if not job[5] then return end
  local outcome = string.format(',"total":%d,"succeeded":%d,"failed":%d}},', total, done, dead)
  local before, after = frame(job[3] .. outcome .. job[4])
  store(keys[1], keys[2], keys[3], keys[4], keys[5], nil, { job[5], 1, job[1], before .. job[2] .. after })
  redis.call('HSET', batch, 'concludedAt', string.format('%.0f', now))
end

local function look(batch)
  local fields = redis.call('HMGET', batch, 'total', 'added', 'succeeded', 'failed', 'kept', 'concludedAt')
  local concludedAt = fields[6]
  for i = 1, 5 do fields[i] = countOf(fields[i], MOST) end
  local total, added, done, dead, kept = unpack(fields, 1, 5)
  -- One with which somebody has meddled is left alone.
  if not (total and added and done and dead and kept) or added < total then return end
  local facts = redis.call('HMGET', batch, 'when', 'keepMs', 'index', 'id')
  local isComplete = done == total or (facts[1] == 'ended' and done + dead == total)
  if isComplete and not concludedAt then conclude(batch, total, done, dead) end
  -- With nobody left to retry, a batch that is to succeed never will.
  local isOver = isComplete or concludedAt or (done + dead == total and kept == 0)
  if isOver and redis.call('PTTL', batch) < 0 then
    local keepMs = countOf(facts[2], MOST_MS) or DAY_MS
    redis.call('PEXPIRE', batch, keepMs)
    redis.call('ZADD', facts[3], now + keepMs, facts[4])
  end
end

-- One that its index does not name went with its queue, and is only waiting to be removed.
local function isThere(batch)
  local facts = redis.call('HMGET', batch, 'index', 'id')
  return facts[1] and redis.call('ZSCORE', facts[1], facts[2])
end

checkTally(batches, members)

local counted, touched = 0, {}
for _, id in ipairs(members) do
  local entry = redis.call('HGET', batches, id)
  if entry then
    local state, batch = entry:sub(1, 1), entry:sub(2)
    counted = counted + 1
    if not isThere(batch) then
      redis.call('HDEL', batches, id)
    else
      count(id, state, batch)
      touched[batch] = true
    end
  end
end
for batch in pairs(touched) do look(batch) end
return counted
