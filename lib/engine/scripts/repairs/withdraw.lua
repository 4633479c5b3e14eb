--[[
Takes jobs out of one state that is not active: each is removed, or becomes failed where a record is given for it.

ARGV  state: waiting, delayed, succeeded or failed
      farthest: how far from the right end of their list the jobs are at most, counted from 1; 0 when nobody knows,
        which costs one pass per job
      nearest: likewise at least; both of no meaning for delayed and failed
      as: how those have ended that become failed: 'failed' or 'cancelled'
      message: the error of those that become failed, as JSON, for the events channel
      changes: per job three: id; its record as read before; the record to store, or '' to remove the job, whatever its
        record where the one before is '' too
Returns the ids that were taken out. Left alone is what is elsewhere meanwhile, and what has another record than was
read.

Relies on: an id is in a list at most once, and no id is ''. Cutting pieces out of the middle of a list costs one
pass from its nearer end, whatever their number; an id at a time would cost one pass each. The job of a batch or a
workflow is counted once it is out.
]]
local wanted, taken = {}, {}
for i = FIRST, #changes, 3 do
  local id, before, after = changes[i], changes[i + 1], changes[i + 2]
  local stored = (before ~= '' or after ~= '') and redis.call('HGET', jobs, id)
  -- A call that is sent again because its reply was lost finds its own records: it took effect the first time.
  if after ~= '' and stored == after and redis.call('SISMEMBER', failed, id) == 1 then
    taken[#taken + 1] = id
  elseif (before == '' and after == '') or stored == before then
    wanted[id] = after
  end
end

local candidates = {}
for id in pairs(wanted) do candidates[#candidates + 1] = id end
local isTied = #candidates > 0 and redis.call('EXISTS', batches, steps) > 0
if isTied then
  checkTally(batches, candidates)
  checkSteps(steps, candidates)
end
if #candidates > 0 and redis.call('EXISTS', uniques) == 1 then
  local held = redis.call('HMGET', uniques, unpack(candidates))
  for i = 1, #held do expect('STRLEN', held[i] and lockStart .. held[i]) end
end

local function search(list)
  local found = {}
  for id in pairs(wanted) do
    if pluck(list, id) == 1 then found[#found + 1] = id end
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
  local isThere, members = strike(set, found), {}
  for i = 1, #found do
    if isThere[i] == 1 then members[#members + 1] = found[i] end
  end
  return members
end

local out
if state == 'waiting' then
  out = cut(list)
elseif state == 'delayed' then
  out = drop(delayed)
elseif state == 'succeeded' then
  out = keepMembers(cut(succeededOrder), succeeded)
else
  out = keepMembers(drop(failedOrder), failed)
end

local removed, archived, ends = {}, {}, {}
for i = 1, #out do
  local id = out[i]
  taken[#taken + 1] = id
  redis.call('HDEL', losses, id)
  if wanted[id] == '' then
    redis.call('HDEL', jobs, id)
    removed[#removed + 1] = id
  else
    archived[#archived + 1] = id
    ends[#ends + 1] = { id = id, place = id, record = wanted[id], message = message }
  end
end
fail(as, ends)

local function letGo(why, ids)
  local held, holders = redis.call('HMGET', uniques, unpack(ids)), {}
  for i = 1, #ids do
    if held[i] then
      holders[#holders + 1] = ids[i]
      holders[#holders + 1] = held[i]
    end
  end
  if #holders > 0 then unlock(why, holders) end
end
local function tellTied(what, ids)
  tally(batches, what, ids)
  local ends = {}
  for i = 1, #ids do ends[i] = { id = ids[i], what = what } end
  advance(steps, ends)
end
local hasUniques = redis.call('EXISTS', uniques) == 1
if #removed > 0 then
  if hasUniques then letGo('removed', removed) end
  if isTied then tellTied('removed', removed) end
end
if #archived > 0 then
  if hasUniques then letGo('ended', archived) end
  if isTied then tellTied('failed', archived) end
end
if #out > 0 and redis.call('EXISTS', eventLog) == 1 then
  local told = {}
  for i = 1, #removed do told[#told + 1], told[#told + 2], told[#told + 3] = 'removed', removed[i], '' end
  tell(eventLog, told)
  if state == 'waiting' then tellIdle(eventLog) end
end
return taken
