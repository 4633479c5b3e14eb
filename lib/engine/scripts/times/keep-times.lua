--[[
Adds what a worker has counted of how long jobs took to what is kept of it: by minute, quarter of an hour and day, of
each type that is among the busiest, of all others together, and of all.

ARGV  spans: JSON, by span its name, the length of a slot in ms, and how many slots are kept
      version: that of the worker's program; '' for none
      mostTypes: how many types are kept by themselves
      mostSlowest: how many jobs are named per slot that ran longest
      mostVersions: how many versions are kept
      keptMs: when it all goes if nothing is added any more
      rows: each as JSON: 'rest' or 'type:<name>', its counts as places and numbers in turn, the jobs that ran longest
Returns how many of the rows are kept by themselves.

Relies on: the first three counts are those of ends. What cannot be read is begun anew. A type is as busy as how many of
its jobs ended, each day half of it forgotten: that is a logarithm which only grows, so that nobody has to lower others.
]]
local ENDS, DAY_MS, MOST_PRUNED = 3, 86400000, 2000
local now, spanList = clock(), cjson.decode(spans)

local function read(json)
  local isRead, value = pcall(cjson.decode, json or '')
  return isRead and type(value) == 'table' and value or {}
end

local function listOf(value) return type(value) == 'table' and value or {} end

-- Whatever somebody has put there: what is written must be a number that JSON has.
local function numberOf(value)
  local number = tonumber(value)
  return number and number >= 0 and number < 1e15 and number or nil
end

local function addCounts(sums, counts)
  counts = listOf(counts)
  for at = 1, #counts - 1, 2 do
    local place, count = numberOf(counts[at]), numberOf(counts[at + 1])
    if place and count then sums[place] = (sums[place] or 0) + count end
  end
end

local function addSlow(slow, jobs)
  for _, job in ipairs(listOf(jobs)) do
    job = listOf(job)
    local ran, id, endedAt = numberOf(job[1]), job[2], numberOf(job[3])
    if ran and type(id) == 'string' and endedAt then slow[#slow + 1] = { ran, id, endedAt } end
  end
end

local tracked = {}
for _, kept in ipairs(redis.call('ZRANGE', timedTypes, 0, -1)) do tracked[kept] = true end

-- One that others are busier than loses what was kept of it.
local function forget(name)
  tracked[name] = nil
  redis.call('ZREM', timedTypes, name)
  for _, span in ipairs(spanList) do
    local last, fields = math.floor(now / span[2]), {}
    for ago = 0, span[3] do fields[#fields + 1] = span[1] .. ':' .. last - ago .. ':type:' .. name end
    redis.call('HDEL', times, unpack(fields))
  end
end

local function admit(name, ended)
  local busy = now / DAY_MS + math.log(math.max(1, ended)) / math.log(2)
  if tracked[name] then
    local before = tonumber(redis.call('ZSCORE', timedTypes, name)) or busy
    local more = math.max(before, busy)
    busy = more + math.log(2 ^ (before - more) + 2 ^ (busy - more)) / math.log(2)
  elseif redis.call('ZCARD', timedTypes) >= mostTypes then
    local least = redis.call('ZRANGE', timedTypes, 0, 0, 'WITHSCORES')
    -- Twice as busy: what is kept of a type is lost with its place, which is not to go to and fro.
    if busy <= tonumber(least[2]) + 1 then return end
    forget(least[1])
  end
  redis.call('ZADD', timedTypes, busy, name)
  tracked[name] = true
end

local counted = {}
for at = FIRST, #rows do
  local row = read(rows[at])
  local one = { type = tostring(row[1]):match('^type:(.*)$'), counts = {}, slow = row[3] }
  addCounts(one.counts, row[2])
  local ends = 0
  for place = 0, ENDS - 1 do ends = ends + (one.counts[place] or 0) end
  if one.type then admit(one.type, ends) end
  counted[#counted + 1] = one
end

-- Not before all were let in: one may have had to make room for another of this call.
local sums, kept = {}, 0
local function sumUp(name, one)
  sums[name] = sums[name] or { counts = {}, slow = {} }
  for place, count in pairs(one.counts) do sums[name].counts[place] = (sums[name].counts[place] or 0) + count end
  addSlow(sums[name].slow, one.slow)
end
for _, one in ipairs(counted) do
  local isKept = one.type and tracked[one.type]
  if isKept then kept = kept + 1 end
  sumUp(isKept and 'type:' .. one.type or 'rest', one)
  sumUp('all', one)
end

local function prune()
  local old = {}
  for _, field in ipairs(redis.call('HKEYS', times)) do
    local ofSpan, slot = field:match('^(%w+):(%d+):')
    local isKept = false
    for _, span in ipairs(spanList) do
      if span[1] == ofSpan and tonumber(slot) > math.floor(now / span[2]) - span[3] then isKept = true end
    end
    if not isKept then old[#old + 1] = field end
    if #old == MOST_PRUNED then break end
  end
  if #old > 0 then redis.call('HDEL', times, unpack(old)) end
end
-- Once in each slot of a quarter of an hour is often enough.
local middle = spanList[2]
if redis.call('HEXISTS', times, middle[1] .. ':' .. math.floor(now / middle[2]) .. ':all') == 0 then prune() end

for _, span in ipairs(spanList) do
  local slot = math.floor(now / span[2])
  for name, sum in pairs(sums) do
    local field = span[1] .. ':' .. slot .. ':' .. name
    local before = read(redis.call('HGET', times, field))
    local counts, slow, flat = {}, {}, {}
    addCounts(counts, before[1])
    for place, count in pairs(sum.counts) do counts[place] = (counts[place] or 0) + count end
    for place, count in pairs(counts) do
      flat[#flat + 1] = place
      flat[#flat + 1] = count
    end
    addSlow(slow, before[2])
    addSlow(slow, sum.slow)
    table.sort(slow, function(one, other) return one[1] > other[1] end)
    for at = #slow, mostSlowest + 1, -1 do slow[at] = nil end
    redis.call('HSET', times, field, cjson.encode({ flat, slow }))
  end
end

local function keepVersion()
  local entry = read(redis.call('HGET', timedVersions, version))
  local ends = {}
  local function addEnds(name, counts)
    local typeName = name:match('^type:(.*)$')
    if typeName and not tracked[typeName] then name = 'rest' end
    ends[name] = ends[name] or { 0, 0, 0 }
    for at = 1, ENDS do ends[name][at] = ends[name][at] + (numberOf(listOf(counts)[at]) or 0) end
  end
  for name, counts in pairs(listOf(entry.ends)) do addEnds(tostring(name), counts) end
  for name, sum in pairs(sums) do
    addEnds(name, { sum.counts[0] or 0, sum.counts[1] or 0, sum.counts[2] or 0 })
  end
  local first = numberOf(entry.first) or now
  redis.call('HSET', timedVersions, version, cjson.encode({ first = first, last = now, ends = ends }))
  if redis.call('HLEN', timedVersions) <= mostVersions then return end
  local oldest, oldestAt = nil, math.huge
  local all = redis.call('HGETALL', timedVersions)
  for at = 1, #all, 2 do
    local last = tonumber(read(all[at + 1]).last) or 0
    if last < oldestAt then oldest, oldestAt = all[at], last end
  end
  redis.call('HDEL', timedVersions, oldest)
end
if version ~= '' then keepVersion() end

for _, key in ipairs({ times, timedTypes, timedVersions }) do redis.call('PEXPIRE', key, keptMs) end
return kept
