--[[
Takes jobs out of one state that is not active: each is removed, or becomes failed where a record is given for it.

KEYS  1 waiting  2 delayed  3 succeeded  4 succeededOrder  5 failed  6 failedOrder  7 jobs  8 losses
      9 events (channel)  10 earlierDelayed (channel)  11 uniques  12 what the name of every lock starts with
      13 batches  14 stats  15 the list in which waiting jobs are looked for, when it is another than waiting
ARGV  1 the state: waiting, delayed, succeeded or failed
      2 how far from the right end of their list the jobs are at most, counted from 1; 0 when nobody knows, which
      costs one pass per job  3 likewise at least; both of no meaning for delayed and failed
      4 the error of those that become failed, as JSON, for the events channel
      then per job three: id, its record as read before, the record to store; both '' to remove the job
Returns the ids that were taken out. Left alone is what is elsewhere meanwhile, and what is to become failed and has
another record than was read.

Relies on: an id is in a list at most once, and no id is ''. Cutting pieces out of the middle of a list costs one
pass from its nearer end, whatever their number; an id at a time would cost one pass each. Calls unlock.lua, check-tally.lua,
tally.lua and pluck.lua.
]]
local waiting, delayed, succeeded, succeededOrder = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local failed, failedOrder, jobs, losses, events = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local earlierDelayed, uniques, locks, batches, stats = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local state, farthest, nearest, message = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]

local wanted, taken = {}, {}
for i = 5, #ARGV, 3 do
  local id, before, after = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local stored = after ~= '' and redis.call('HGET', jobs, id)
  -- A call that is sent again because its reply was lost finds its own records: it took effect the first time.
  if after ~= '' and stored == after and redis.call('SISMEMBER', failed, id) == 1 then
    taken[#taken + 1] = id
  elseif after == '' or stored == before then
    wanted[id] = after
  end
end

local candidates = { '' }
for id in pairs(wanted) do candidates[#candidates + 1] = id end
local isInBatch = #candidates > 1 and redis.call('EXISTS', batches) == 1
if isInBatch then checkTally({ batches }, candidates) end
if #candidates > 1 and redis.call('EXISTS', uniques) == 1 then
  local held = redis.call('HMGET', uniques, unpack(candidates, 2))
  for i = 1, #held do expect('STRLEN', held[i] and locks .. held[i]) end
end

local function search(list)
  local found = {}
  for id in pairs(wanted) do
    if pluck({ list }, { id }) == 1 then found[#found + 1] = id end
  end
  return found
end

local function cut(list)
  if farthest == 0 then return search(list) end
  local length = redis.call('LLEN', list)
  local first = math.max(0, length - farthest)
  local last = length - nearest
  if last < first then return {} end
  local near, found = redis.call('LRANGE', list, first, last), {}
  for i = 1, #near do
    if wanted[near[i]] then
      found[#found + 1] = near[i]
      redis.call('LSET', list, first + i - 1, '')
    end
  end
  if #found > 0 then redis.call('LREM', list, first * 2 < length and #found or -#found, '') end
  return found
end

local function drop(sorted)
  local found = {}
  for id in pairs(wanted) do
    if redis.call('ZREM', sorted, id) == 1 then found[#found + 1] = id end
  end
  return found
end

-- An ended job that is only in our order was removed by a stock client; another may go by its id since.
local function keepMembers(found, set)
  local members = {}
  for i = 1, #found do
    if redis.call('SREM', set, found[i]) == 1 then members[#members + 1] = found[i] end
  end
  return members
end

local out
if state == 'waiting' then
  out = cut(KEYS[15] or waiting)
elseif state == 'delayed' then
  out = drop(delayed)
elseif state == 'succeeded' then
  out = keepMembers(cut(succeededOrder), succeeded)
else
  out = keepMembers(drop(failedOrder), failed)
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dead = 0
for i = 1, #out do
  local id = out[i]
  taken[#taken + 1] = id
  if wanted[id] == '' then
    redis.call('HDEL', jobs, id)
  else
    redis.call('HSET', jobs, id, wanted[id])
    redis.call('SADD', failed, id)
    redis.call('ZADD', failedOrder, now, id)
    dead = dead + 1
    redis.pcall('PUBLISH', events, '{"id":' .. cjson.encode(id) .. ',"event":"failed","data":' .. message .. '}')
  end
  redis.call('HDEL', losses, id)
end
if dead > 0 then add(stats, 'failed:' .. math.floor(now / 86400000), dead) end
if #out > 0 and redis.call('EXISTS', uniques) == 1 then
  local unlocked = { removed = { 'removed' }, ended = { 'ended' } }
  local held = redis.call('HMGET', uniques, unpack(out))
  for i = 1, #out do
    if held[i] then
      local list = unlocked[wanted[out[i]] == '' and 'removed' or 'ended']
      list[#list + 1] = out[i]
      list[#list + 1] = held[i]
    end
  end
  local all = { uniques, delayed, waiting, earlierDelayed, jobs, succeeded, failed, locks }
  for _, list in pairs(unlocked) do
    if #list > 1 then unlock(all, list) end
  end
end
if #out > 0 and isInBatch then
  local removed, archived = { 'removed' }, { 'failed' }
  for i = 1, #out do
    local list = wanted[out[i]] == '' and removed or archived
    list[#list + 1] = out[i]
  end
  tally({ batches }, removed)
  tally({ batches }, archived)
end
return taken
