--[[
Goes on with the deletion of a queue: removes the locks, lines, batches, workflows and groups that its indexes named,
and counts its jobs as removed in the batches and workflows of other queues.

ARGV  token: token of the deletion
      most: how many keys and jobs are seen to in this call
Returns {1 when nothing is left, else 0, how many keys were removed}.

Relies on: delete-queue.lua has given the indexes other names. What a queue of the same name has made since is named by
an index of its own, and stays. Which keys there are is known here alone, so their names are made here.
]]
local AT_ONCE = 100

local deleted, left = 0, most

local function buried(index)
  return index .. ':deleted:' .. token
end

-- What is no index, whatever wrote it there, names nothing.
local function forgetUnless(type, indexes)
  for _, index in ipairs(indexes) do
    local kind = redis.call('TYPE', buried(index)).ok
    if kind ~= 'none' and kind ~= type then
      redis.call('UNLINK', buried(index))
      left = left - 1
    end
  end
end
forgetUnless('hash', { batches, steps, uniques })
forgetUnless('zset', { batchIndex, flowIndex, turns, pending, groups, lockStart })

local function removeNamed(index, start, isInUse)
  while left > 0 do
    local popped = redis.call('ZPOPMIN', buried(index), math.min(left, AT_ONCE))
    if #popped == 0 then return end
    for i = 1, #popped, 2 do
      if not isInUse(popped[i]) then deleted = deleted + redis.call('UNLINK', start .. popped[i]) end
    end
    left = left - #popped / 2
  end
end

local function isLock(key)
  if redis.call('TYPE', lockStart .. key).ok ~= 'string' then return false end
  local lock = lockOf(key)
  return lock and isNamed(key, lock)
end

local function removeLocks()
  while left > 0 do
    local pairs = redis.call('HRANDFIELD', buried(uniques), math.min(left, AT_ONCE), 'WITHVALUES')
    if #pairs == 0 then return end
    for i = 1, #pairs, 2 do
      redis.call('HDEL', buried(uniques), pairs[i])
      if not isLock(pairs[i + 1]) then deleted = deleted + redis.call('UNLINK', lockStart .. pairs[i + 1]) end
    end
    left = left - #pairs / 2
  end
end

local function leaveBatches()
  while left > 0 do
    local ids = redis.call('HRANDFIELD', buried(batches), math.min(left, AT_ONCE))
    if #ids == 0 then return end
    local entries, members, others = redis.call('HMGET', buried(batches), unpack(ids)), {}, {}
    for i = 1, #ids do
      -- What is no batch counts nobody.
      local list = redis.call('TYPE', entries[i]:sub(2)).ok == 'hash' and members or others
      list[#list + 1] = ids[i]
    end
    if #members > 0 then tally(buried(batches), 'removed', members) end
    if #others > 0 then redis.call('HDEL', buried(batches), unpack(others)) end
    left = left - #ids
  end
end

local function leaveFlows()
  while left > 0 do
    local ids = redis.call('HRANDFIELD', buried(steps), math.min(left, AT_ONCE))
    if #ids == 0 then return end
    local entries, ends, others = redis.call('HMGET', buried(steps), unpack(ids)), {}, {}
    for i = 1, #ids do
      local flow = entries[i]:match('^%d+ (.+)$')
      if entries[i]:find('^[pf]%d') or (flow and redis.call('TYPE', flow).ok == 'hash') then
        ends[#ends + 1] = { id = ids[i], what = 'removed' }
      else
        others[#others + 1] = ids[i]
      end
    end
    advance(buried(steps), ends)
    if #others > 0 then redis.call('HDEL', buried(steps), unpack(others)) end
    left = left - #ids
  end
end

-- Its own batches and workflows go before the others are told: of those nobody is told.
removeNamed(batchIndex, batchStart, function(id) return redis.call('ZSCORE', batchIndex, id) end)
removeNamed(flowIndex, flowStart, function(id) return redis.call('ZSCORE', flowIndex, id) end)
local function isLine(key) return redis.call('ZSCORE', turns, key) or redis.call('ZSCORE', pending, key) end
removeNamed(turns, lineStart, isLine)
removeNamed(pending, lineStart, isLine)
removeNamed(groups, groupStart, function(group) return redis.call('HEXISTS', groupRules, group) == 1 end)
removeLocks()
removeNamed(lockStart, lockStart, isLock)
-- A key of another queue may hold this up, and nothing else. What was done stands, and the next call meets it first.
local isTold, trouble = pcall(function()
  leaveBatches()
  leaveFlows()
end)
if not isTold and left == most then error(trouble) end
if not isTold or left <= 0 then return { 0, deleted } end
redis.call('HDEL', graves, token)
return { 1, deleted }
