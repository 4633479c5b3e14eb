--[[
Claims up to n waiting jobs of a queue that has limits or priorities, or takes turns between keys. What comes into
waiting is sorted into lines, one per key and priority; a line stands in turns when its next job may run, else in
pending, where nobody looks at it until its time has come or a slot of its key is freed. So a job behind a limit costs
nothing until its turn. In turns the lines of a higher priority come first, and with them those whose next job has aged.

ARGV  incarnation: that of the worker
      leaseMs: lease in ms
      wanted: how many are wanted
      joins: whether the incarnation is new
      maySuspect: whether one suspect may be among them
      claimName: see hold.lua
Returns {'ok', now, ids, records, cancelled, ms until it is worth asking again or -1, the suspect among the ids or '',
        1 when other suspects were left where they are, else 0}: ids, records and cancelled as hold.lua returns them;
        {'paused', now}, {'burnt', now}, {'revoked', now, ids: see admit.lua}, or {'plain', now} where take.lua is to be
        asked: in these nothing was taken.

Relies on: a line is in turns or in pending as long as it has jobs; one there without jobs is dropped when it is met.
A claim is what makes a slot count: one in slots whose claim is gone is void, see free.lua and sweep-slots.lua. Rates
holds per key, and under '' for the queue, the time at which its bucket will be full again, and none that is full; and
behind a mark, until when it is held back, see hold-back.lua.
Who is on the list of workers, and which lines there are, is known here alone, so the names are made here.
]]
local MOST_KEYS, MOST_ROUNDS = 250, 16
-- The turns of the first priority, see to-tail.lua.
local FIRST_BAND = -4
-- Another worker may free what we wait for, and need not tell us.
local LOOK_MS = 250
local NEAR = 0.001
-- For how long the lines stay when no job is left, lest they come and go with each of another priority.
local SORTED_MS = 60000

local hasLosses = isNoted() and redis.call('HLEN', losses) > 0

local stored, hasNote, prioritisedAt, heldUntil = limitsOf()
local isHeld = heldUntil and heldUntil > clock()
local isLifted = stored == nil
local limits = stored or {}
local perKey = limits.perKey or {}
local isKeyed = limits.perKey or limits.fair or isHeld
local readsRecords = isKeyed or limits.rate or prioritisedAt
local agingMs = limits.agingMs

-- What this call may move is looked at before anything is moved; but for the lines, see place.lua and pop below.
local isPaused = redis.call('HEXISTS', meta, 'paused') == 1
local nothing = { ids = {}, keys = {}, heads = {}, costs = {}, count = 0 }
local function ahead(list) return isPaused and nothing or lookAhead(list, isKeyed, readsRecords) end
local inFront, inMoved, inWaiting = ahead(front), ahead(moved), ahead(waiting)
local held = 0
if limits.concurrency then
  local start = claims:sub(1, -#incarnation - 1)
  for _, one in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
    held = held + expect('SCARD', start .. one)
  end
end
local free = dueLines(perKey, isHeld and heldUntil, MOST_KEYS)
local first = redis.call('ZRANGE', turns, 0, 0)[1]
if first then expect('LLEN', lineStart .. first) end

local refusal, now, _, told = admit(incarnation, joins)
local function isWithoutPriorities()
  if not prioritisedAt then return true end
  local ended = redis.call('SCARD', succeeded) + redis.call('SCARD', failed)
  return now - prioritisedAt > SORTED_MS and redis.call('HLEN', jobs) <= ended
end
local isPlain = isLifted and not isHeld and redis.call('EXISTS', front, turns, pending) == 0 and isWithoutPriorities()
if refusal then return { refusal, now, told } end
if isPlain then
  if hasNote or prioritisedAt then redis.call('HDEL', meta, 'limits', 'priorities', 'holds') end
  redis.call('DEL', rates, slots, busy, costs, aging, waitingSince)
  if #inMoved.ids > 0 then
    redis.call('LTRIM', moved, 0, -inMoved.count - 1)
    for i = #inMoved.ids, 1, -1 do redis.call('RPUSH', waiting, inMoved.ids[i]) end
  end
  return { 'plain', now }
end
-- What comes next is lines and turns, which may be written first.
drain('SREM', claims)
local placed = { left = {}, right = {}, length = {} }
local lengths = placed.length
-- What came back to the head goes to the heads of the lines, the last of a line first.
place(inFront, 'RPUSH', placed)
-- What waits have brought stood before all that waits.
place(inMoved, 'LPUSH', placed)
place(inWaiting, 'LPUSH', placed)
if joins then redis.call('ZADD', workers, now + leaseMs, incarnation) end

local function giveTurns(lines)
  if #lines > 0 then toTail(lines, ages(agingMs, lines)) end
end

giveTurns(sortIn(front, inFront, agingMs, placed))
giveTurns(sortIn(moved, inMoved, agingMs, placed))
giveTurns(sortIn(waiting, inWaiting, agingMs, placed))
giveTurns(free)
if #free > 0 then redis.call('ZREM', pending, unpack(free)) end

local function moveAged()
  -- Where nothing is noted of any line, as when aging has just been set.
  if redis.call('EXISTS', aging) == 0 then ages(agingMs, redis.call('ZRANGE', turns, -MOST_KEYS, -1)) end
  local lines, aged, ready = redis.call('ZRANGEBYSCORE', aging, '-inf', now, 'LIMIT', 0, MOST_KEYS), {}, {}
  if #lines == 0 then return end
  local inTurns, inPending = redis.call('ZMSCORE', turns, unpack(lines)), redis.call('ZMSCORE', pending, unpack(lines))
  for i, line in ipairs(lines) do
    if inTurns[i] then
      aged[line] = true
      ready[#ready + 1] = line
    end
    -- A limit holds back the others, and they are looked at when it does no more.
    if inPending[i] then redis.call('ZADD', aging, now + LOOK_MS, line) else redis.call('ZREM', aging, line) end
  end
  toTail(ready, aged)
end
if agingMs then moveAged() end

-- A bucket is the time at which it is full again: an empty one is full after burst tokens have come, one each interval.
redis.call('ZREMRANGEBYSCORE', rates, '-inf', now)
local changed = {}
local function bucketOf(name, rate, at)
  local burst, interval = rate.burst or rate.count, rate.perMs / rate.count
  local span, fullAt = burst * interval, math.max(now, tonumber(at or 0))
  -- A job may cost a shard more than its part of the tokens, and begins on credit. None is full later than after the
  -- most that one may cost, unless the clock was set back since: then it is empty now.
  local most = math.max(burst, rate.most or burst)
  if fullAt > now + most * interval then
    fullAt = now + most * interval
    changed[name] = fullAt
  end
  return { name = name, burst = burst, most = most, interval = interval, span = span, at = fullAt }
end
local function tokensIn(bucket)
  return math.floor((now + bucket.span - bucket.at) / bucket.interval + NEAR)
end
local function readyAt(bucket, cost)
  return bucket.at + math.min(cost, bucket.burst) * bucket.interval - bucket.span
end
local function charge(bucket, cost)
  bucket.at = bucket.at + math.min(cost, bucket.most) * bucket.interval
  changed[bucket.name] = bucket.at
end

local queueBucket = limits.rate and bucketOf('', limits.rate, redis.call('ZSCORE', rates, ''))
local room = wanted
if limits.concurrency then room = math.min(room, limits.concurrency - held) end
if queueBucket then room = math.min(room, tokensIn(queueBucket)) end
local queueHeldAt = isHeld and tonumber(redis.call('ZSCORE', rates, '\1') or nil) or 0
if queueHeldAt > now then room = 0 end

-- By two: job, key; of those that take a slot of their key.
local ids, keyed = {}, {}
local hasCosts = redis.call('EXISTS', costs) == 1
-- Takes up to most jobs off a line that are no suspects, but for one in all where one is allowed, and those that go
-- back. Where the line is no list, the first is what Redis says of that.
local looked, suspect, hasLeft = 0, '', false
local function pop(name, most)
  local line, aside, found = lineStart .. name, {}, ''
  local got = hasLosses and redis.pcall('LLEN', line) or not hasLosses and redis.pcall('RPOP', line, most) or {}
  if type(got) == 'table' and got.err then return got, aside end
  if hasLosses then got, aside, found, looked = skim(line, most, maySuspect and suspect == '', looked) end
  if found ~= '' then suspect = found end
  if lengths[name] then
    lengths[name] = lengths[name] - #got - #aside
  elseif #got < most then
    lengths[name] = 0
  end
  return got, aside
end
local function putBack(name, ids, first)
  for i = #ids, first, -1 do
    redis.call('RPUSH', lineStart .. name, ids[i])
    if lengths[name] then lengths[name] = lengths[name] + 1 end
    if ids[i] == suspect then suspect = '' end
  end
end
local function isEmpty(name)
  if not lengths[name] then
    local length = redis.pcall('LLEN', lineStart .. name)
    lengths[name] = type(length) == 'number' and length or nil
  end
  return lengths[name] == 0
end

-- Takes up to most jobs off a line; returns how many, where tokens stop it when its key and the queue have them, and
-- whether suspects were left in it.
local function pick(name, key, most, bucket)
  local got, aside = pop(name, most)
  -- Too late to fail, as jobs were taken already; the next call meets it first.
  if got.err then
    room = 0
    return 0, nil, nil, false
  end
  if isHeld and key == '' then got, suspect = sortOut(got, now, lengths, suspect) end
  local leaves = #aside > 0
  hasLeft = hasLeft or leaves
  -- Where one job of a key runs after the other, none overtakes a suspect.
  if leaves and perKey.concurrency == 1 and key ~= '' then
    putBack(name, got, 1)
    got = {}
  end
  local cost = hasCosts and #got > 0 and redis.call('HMGET', costs, unpack(got)) or {}
  for i = 1, #got do
    if bucket or queueBucket then
      local tokens = math.max(1, tonumber(cost[i]) or 1)
      local keyAt = bucket and readyAt(bucket, tokens) or 0
      local queueAt = queueBucket and readyAt(queueBucket, tokens) or 0
      if math.max(keyAt, queueAt) > now + NEAR then
        putBack(name, got, i)
        putBack(name, aside, 1)
        if queueAt > now + NEAR then room = 0 end
        return i - 1, keyAt > now + NEAR and keyAt, queueAt, leaves
      end
      if bucket then charge(bucket, tokens) end
      if queueBucket then charge(queueBucket, tokens) end
    end
    if agingMs then redis.call('HDEL', waitingSince, got[i]) end
    if cost[i] then redis.call('HDEL', costs, got[i]) end
    ids[#ids + 1] = got[i]
    if perKey.concurrency and key ~= '' then keyed[#keyed + 1], keyed[#keyed + 2] = got[i], key end
  end
  putBack(name, aside, 1)
  return #got, nil, nil, leaves
end

local costlyAt = 0
-- Serves lines of one priority, each up to its share of what there is room for.
local function serve(names, band)
  -- What leaves turns; what goes to its end; how many slots of a key are taken.
  local gone, served, taken = {}, {}, {}
  local keys, priorities = {}, {}
  for i = 1, #names do keys[i], priorities[i] = readLine(names[i]) end
  local running = perKey.concurrency and redis.call('HMGET', busy, unpack(keys)) or {}
  local fullAt = perKey.rate and redis.call('ZMSCORE', rates, unpack(keys)) or {}
  local heldAt = isHeld and holdsOf(keys) or {}
  local share = math.ceil(room / #names)
  local function wait(name, at)
    redis.call('ZADD', pending, at, name)
    gone[#gone + 1] = name
  end
  for i, name in ipairs(names) do
    if room == 0 then break end
    local key, most = keys[i], math.min(share, room)
    local hasLimits = key ~= ''
    local inUse = hasLimits and perKey.concurrency and (taken[key] or tonumber(running[i]) or 0)
    local bucket = hasLimits and perKey.rate and bucketOf(key, perKey.rate, changed[key] or fullAt[i])
    if inUse then most = math.min(most, perKey.concurrency - inUse) end
    if bucket then most = math.min(most, tokensIn(bucket)) end
    if agingMs and band == FIRST_BAND and priorities[i] > 0 and most > 0 then most = agedIn(name, most, agingMs) end
    local isKeyHeld = (heldAt[i] or 0) > now
    local count, keyAt, queueAt, leaves = 0, nil, nil, false
    if most > 0 and not isKeyHeld then count, keyAt, queueAt, leaves = pick(name, key, most, bucket) end
    room = math.max(0, room - count)
    if queueAt and queueAt > now then costlyAt = queueAt end
    if inUse and count > 0 then inUse, taken[key] = inUse + count, inUse + count end
    if isEmpty(name) then
      gone[#gone + 1] = name
    elseif isKeyHeld then
      wait(name, heldAt[i])
    elseif inUse and inUse >= perKey.concurrency then
      wait(name, '+inf')
    elseif keyAt or (bucket and tokensIn(bucket) < 1) then
      wait(name, keyAt or readyAt(bucket, 1))
    elseif count > 0 or leaves then
      served[#served + 1] = name
    end
  end
  if #gone > 0 then redis.call('ZREM', turns, unpack(gone)) end
  local counts = {}
  for key, count in pairs(taken) do counts[#counts + 1], counts[#counts + 2] = key, count end
  if #counts > 0 then redis.call('HSET', busy, unpack(counts)) end
  giveTurns(served)
end
for _ = 1, MOST_ROUNDS do
  if room <= 0 then break end
  local names, band = nextLines(math.min(room, MOST_KEYS))
  if #names == 0 then break end
  serve(names, band)
end
for name, at in pairs(changed) do redis.call('ZADD', rates, at, name) end

if #keyed > 0 then markSlots(incarnation, keyed) end

local again = -1
local function askIn(ms)
  ms = math.max(1, math.ceil(ms))
  if again < 0 or ms < again then again = ms end
end
if #ids < wanted then
  if redis.call('EXISTS', waiting, front) > 0 then
    again = 0
  else
    local queueAt = math.max(queueHeldAt, queueBucket and math.max(costlyAt, readyAt(queueBucket, 1)) or 0)
    if redis.call('EXISTS', turns) == 1 then askIn(queueAt > now and queueAt - now or LOOK_MS) end
    local first = redis.call('ZRANGE', pending, 0, 0, 'WITHSCORES')[2]
    if first then askIn(first == 'inf' and LOOK_MS or math.min(LOOK_MS, tonumber(first) - now)) end
  end
end
local left = hasLeft and 1 or 0
if #ids == 0 then return { 'ok', now, '[]', {}, '[]', again, suspect, left } end
local names, records, stopped = hold(ids, claimName)
return { 'ok', now, names, records, stopped or '[]', again, suspect, left }
