--[[
Goes on with the deletion of a queue: removes the locks, lines, batches and groups that its indexes named, and counts its
jobs as removed in the batches of other queues.

KEYS  1 graves  2 batches  3 batchIndex  4 turns  5 pending  6 groups  7 groupRules  8 uniques
      9 what the name of every batch starts with  10 what the name of every line starts with
      11 what the name of the set of every group starts with  12 what the name of every lock starts with
ARGV  1 token of the deletion  2 how many keys and jobs are seen to in this call
Returns {1 when nothing is left, else 0, how many keys were removed}.

Relies on: delete-queue.lua has given the indexes other names. What a queue of the same name has made since is named by an
index of its own, and stays. Which keys there are is known here alone, so their names are made here. Calls tally.lua and
lock-of.lua.
]]
local graves, batches, batchIndex, turns, pending = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local groups, groupRules, uniques = KEYS[6], KEYS[7], KEYS[8]
local batchStart, lines, groupStart, locks = KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local token, left = ARGV[1], tonumber(ARGV[2])

local AT_ONCE = 100

local deleted = 0

local function buried(index)
  return index .. ':deleted:' .. token
end

-- What is no index, whatever wrote it there, names nothing.
for i = 2, 12 do
  local kind = redis.call('TYPE', buried(KEYS[i])).ok
  local isHash = i == 2 or i == 8
  if kind ~= 'none' and kind ~= (isHash and 'hash' or 'zset') then
    redis.call('UNLINK', buried(KEYS[i]))
    left = left - 1
  end
end

local function removeNamed(index, start, isNamed)
  while left > 0 do
    local popped = redis.call('ZPOPMIN', buried(index), math.min(left, AT_ONCE))
    if #popped == 0 then return end
    for i = 1, #popped, 2 do
      if not isNamed(popped[i]) then deleted = deleted + redis.call('UNLINK', start .. popped[i]) end
    end
    left = left - #popped / 2
  end
end

local function isLock(key)
  if redis.call('TYPE', locks .. key).ok ~= 'string' then return false end
  local lock = lockOf({}, { redis.call('GET', locks .. key) })
  if not lock then return false end
  return redis.call('HGET', uniques, lock.holder) == key
    or (lock.release == 'ttl' and redis.call('ZSCORE', locks, key) and true)
end

local function removeLocks()
  while left > 0 do
    local pairs = redis.call('HRANDFIELD', buried(uniques), math.min(left, AT_ONCE), 'WITHVALUES')
    if #pairs == 0 then return end
    for i = 1, #pairs, 2 do
      redis.call('HDEL', buried(uniques), pairs[i])
      if not isLock(pairs[i + 1]) then deleted = deleted + redis.call('UNLINK', locks .. pairs[i + 1]) end
    end
    left = left - #pairs / 2
  end
end

local function leaveBatches()
  while left > 0 do
    local ids = redis.call('HRANDFIELD', buried(batches), math.min(left, AT_ONCE))
    if #ids == 0 then return end
    local entries, members, others = redis.call('HMGET', buried(batches), unpack(ids)), { 'removed' }, {}
    for i = 1, #ids do
      -- What is no batch counts nobody.
      local list = redis.call('TYPE', entries[i]:sub(2)).ok == 'hash' and members or others
      list[#list + 1] = ids[i]
    end
    if #members > 1 then tally({ buried(batches) }, members) end
    if #others > 0 then redis.call('HDEL', buried(batches), unpack(others)) end
    left = left - #ids
  end
end

-- Its own batches go before the others are told: of those nobody is told.
removeNamed(batchIndex, batchStart, function(id) return redis.call('ZSCORE', batchIndex, id) end)
local function isLine(key) return redis.call('ZSCORE', turns, key) or redis.call('ZSCORE', pending, key) end
removeNamed(turns, lines, isLine)
removeNamed(pending, lines, isLine)
removeNamed(groups, groupStart, function(group) return redis.call('HEXISTS', groupRules, group) == 1 end)
removeLocks()
removeNamed(locks, locks, isLock)
-- A key of another queue may hold this up, and nothing else. What was done stands, and the next call meets it first.
local isTold, trouble = pcall(leaveBatches)
if not isTold and left == tonumber(ARGV[2]) then error(trouble) end
if not isTold or left <= 0 then return { 0, deleted } end
redis.call('HDEL', graves, token)
return { 1, deleted }
