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
holds per key, and under '' for the queue, the time at which its bucket will be full again, and none that is full.
Who is on the list of workers, and which lines there are, is known here alone, so the names are made here.
]]
local MOST_KEYS, MOST_ROUNDS = 250, 16
-- The turns of each priority, see to-tail.lua.
local BAND = 2 ^ 48
-- Another worker may free what we wait for, and need not tell us.
local LOOK_MS = 250
local NEAR = 0.001
-- For how long the lines stay when no job is left, lest they come and go with each of another priority.
local SORTED_MS = 60000

local hasLosses = isNoted() and redis.call('HLEN', losses) > 0

local stored, hasNote, prioritisedAt = limitsOf()
local isLifted = stored == nil
local limits = stored or {}
local perKey = limits.perKey or {}
local isKeyed = limits.perKey or limits.fair
local readsRecords = isKeyed or limits.rate or prioritisedAt
local agingMs = limits.agingMs

-- All that this call may move is looked at before anything is moved.
local isPaused = redis.call('HEXISTS', meta, 'paused') == 1
local lengths = {}
local inFront = isPaused and {} or lookAhead(front, isKeyed, readsRecords, lengths)
local inMoved = isPaused and {} or lookAhead(moved, isKeyed, readsRecords, lengths)
local inWaiting = isPaused and {} or lookAhead(waiting, isKeyed, readsRecords, lengths)
local held = 0
if limits.concurrency then
  local start = claims:sub(1, -#incarnation - 1)
  for _, one in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
    expect('SCARD', start .. one)
    held = held + redis.call('SCARD', start .. one)
  end
end
-- Without limits per key nothing is left to wait for.
local due = (perKey.concurrency or perKey.rate) and clock() or '+inf'
local free = redis.call('ZRANGEBYSCORE', pending, '-inf', due, 'LIMIT', 0, MOST_KEYS)
for i = 1, #free do lineLength(free[i], lengths) end
for _, key in ipairs(redis.call('ZRANGE', turns, 0, math.min(wanted, MOST_KEYS) - 1)) do lineLength(key, lengths) end

local refusal, now, _, told = admit(incarnation, joins)
local function isWithoutPriorities()
  if not prioritisedAt then return true end
  local ended = redis.call('SCARD', succeeded) + redis.call('SCARD', failed)
  return now - prioritisedAt > SORTED_MS and redis.call('HLEN', jobs) <= ended
end
local isPlain = isLifted and redis.call('EXISTS', front, turns, pending) == 0 and isWithoutPriorities()
if refusal then return { refusal, now, told } end
if isPlain then
  if hasNote or prioritisedAt then redis.call('HDEL', meta, 'limits', 'priorities') end
  redis.call('DEL', rates, slots, busy, costs, aging, waitingSince)
  if #inMoved.ids > 0 then
    redis.call('LTRIM', moved, 0, -inMoved.count - 1)
    for i = #inMoved.ids, 1, -1 do redis.call('RPUSH', waiting, inMoved.ids[i]) end
  end
  return { 'plain', now }
end
-- What comes next is lines and turns, which may be written first.
drain('SREM', claims)
if joins then redis.call('ZADD', workers, now + leaseMs, incarnation) end

local function giveTurns(lines)
  if #lines > 0 then toTail(lines, ages(agingMs, lines)) end
end

-- What came back to the head goes to the heads of the lines, the last of a line first.
giveTurns(sortIn(front, inFront, 'RPUSH', agingMs, lengths))
-- What waits have brought stood before all that waits.
giveTurns(sortIn(moved, inMoved, 'LPUSH', agingMs, lengths))
giveTurns(sortIn(waiting, inWaiting, 'LPUSH', agingMs, lengths))
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
  local burst = rate.burst or rate.count
  local interval = rate.perMs / rate.count
  return { name = name, burst = burst, interval = interval, span = burst * interval, at = math.max(now, tonumber(at or 0)) }
end
local function tokensIn(bucket)
  return math.floor((now + bucket.span - bucket.at) / bucket.interval + NEAR)
end
local function readyAt(bucket, cost)
  return bucket.at + math.min(cost, bucket.burst) * bucket.interval - bucket.span
end
local function charge(bucket, cost)
  bucket.at = bucket.at + math.min(cost, bucket.burst) * bucket.interval
  changed[bucket.name] = bucket.at
end

local queueBucket = limits.rate and bucketOf('', limits.rate, redis.call('ZSCORE', rates, ''))
local room = wanted
if limits.concurrency then room = math.min(room, limits.concurrency - held) end
if queueBucket then room = math.min(room, tokensIn(queueBucket)) end

local ids, keyed = {}, {}
local hasCosts = redis.call('EXISTS', costs) == 1
-- Takes up to most jobs off a line that are no suspects, but for one in all where one is allowed, and those that go
-- back.
local looked, suspect, hasLeft = 0, '', false
local function pop(line, most)
  if not hasLosses then return redis.call('RPOP', line, most) or {}, {} end
  local got, aside, found, lookedAt = skim(line, most, maySuspect and suspect == '', looked)
  looked = lookedAt
  if found ~= '' then suspect = found end
  return got, aside
end
local function putBack(line, ids, first)
  for i = #ids, first, -1 do
    redis.call('RPUSH', line, ids[i])
    if ids[i] == suspect then suspect = '' end
  end
end

-- Takes up to most jobs off a line; returns how many, where tokens stop it when its key and the queue have them, and
-- whether suspects were left in it.
local function pick(name, key, most, bucket)
  local line = lineStart .. name
  local got, aside = pop(line, most)
  local leaves = #aside > 0
  hasLeft = hasLeft or leaves
  -- Where one job of a key runs after the other, none overtakes a suspect.
  if leaves and perKey.concurrency == 1 and key ~= '' then
    putBack(line, got, 1)
    got = {}
  end
  local cost = hasCosts and #got > 0 and redis.call('HMGET', costs, unpack(got)) or {}
  for i = 1, #got do
    local tokens = math.max(1, tonumber(cost[i]) or 1)
    local keyAt = bucket and readyAt(bucket, tokens) or 0
    local queueAt = queueBucket and readyAt(queueBucket, tokens) or 0
    if math.max(keyAt, queueAt) > now + NEAR then
      putBack(line, got, i)
      putBack(line, aside, 1)
      if queueAt > now + NEAR then room = 0 end
      return i - 1, keyAt > now + NEAR and keyAt, queueAt, leaves
    end
    if agingMs then redis.call('HDEL', waitingSince, got[i]) end
    if bucket then charge(bucket, tokens) end
    if queueBucket then charge(queueBucket, tokens) end
    if cost[i] then redis.call('HDEL', costs, got[i]) end
    ids[#ids + 1] = got[i]
    if perKey.concurrency and key ~= '' then keyed[#keyed + 1] = { got[i], key } end
  end
  putBack(line, aside, 1)
  return #got, nil, nil, leaves
end

-- How many of the next jobs of a line have aged: no more of them come before those of higher priorities.
local function agedIn(name, most)
  local next = redis.call('LRANGE', lineStart .. name, -most, -1)
  local since = redis.call('HMGET', waitingSince, unpack(next))
  local count = 0
  while count < #next and (tonumber(since[#next - count] or nil) or now) + agingMs <= now do count = count + 1 end
  return math.max(1, count)
end

-- The lines whose turn is next, all of one priority.
local function nextLines()
  local found, names = redis.call('ZRANGE', turns, 0, math.min(room, MOST_KEYS) - 1, 'WITHSCORES'), {}
  for i = 1, #found, 2 do
    if math.floor(found[i + 1] / BAND) ~= math.floor(found[2] / BAND) then break end
    names[#names + 1] = found[i]
    -- Too late to fail, as jobs were taken already; the next call meets it first.
    if not pcall(lineLength, found[i], lengths) then return {} end
  end
  return names, found
end

local costlyAt = 0
local round = 0
while room > 0 and round < MOST_ROUNDS do
  round = round + 1
  local names, next = nextLines()
  if #names == 0 then break end
  redis.call('ZREM', turns, unpack(names))
  local keys, served, started = {}, {}, {}
  local isFirst, priorities = next[2] + 0 < -3 * BAND, {}
  for i = 1, #names do keys[i], priorities[i] = readLine(names[i]) end
  local running = perKey.concurrency and redis.call('HMGET', busy, unpack(keys)) or {}
  local fullAt = perKey.rate and redis.call('ZMSCORE', rates, unpack(keys)) or {}
  local share = math.ceil(room / #names)
  for i, name in ipairs(names) do
    local key = keys[i]
    local hasLimits = key ~= ''
    local slotsLeft = hasLimits and perKey.concurrency
      and perKey.concurrency - (tonumber(running[i]) or 0) - (started[key] or 0)
    local bucket = hasLimits and perKey.rate and bucketOf(key, perKey.rate, changed[key] or fullAt[i])
    local most = math.min(share, room, slotsLeft or share, bucket and tokensIn(bucket) or share)
    if agingMs and isFirst and priorities[i] > 0 and most > 0 then most = agedIn(name, most) end
    local count, keyAt, queueAt, leaves = 0, nil, nil, false
    if most > 0 then count, keyAt, queueAt, leaves = pick(name, key, most, bucket) end
    lengths[name] = lengths[name] - count
    room = math.max(0, room - count)
    if queueAt and queueAt > now then costlyAt = queueAt end
    if slotsLeft and count > 0 then
      slotsLeft = slotsLeft - count
      started[key] = (started[key] or 0) + count
      add(busy, key, count)
    end
    if lengths[name] > 0 then
      if slotsLeft and slotsLeft <= 0 then
        redis.call('ZADD', pending, '+inf', name)
      elseif keyAt or (bucket and tokensIn(bucket) < 1) then
        redis.call('ZADD', pending, keyAt or readyAt(bucket, 1), name)
      elseif count == 0 and not leaves then
        redis.call('ZADD', turns, next[2 * i], name)
      else
        served[#served + 1] = name
      end
    end
  end
  giveTurns(served)
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
    local queueAt = queueBucket and math.max(costlyAt, readyAt(queueBucket, 1)) or 0
    if redis.call('EXISTS', turns) == 1 then askIn(queueAt > now and queueAt - now or LOOK_MS) end
    local first = redis.call('ZRANGE', pending, 0, 0, 'WITHSCORES')[2]
    if first then askIn(first == 'inf' and LOOK_MS or math.min(LOOK_MS, tonumber(first) - now)) end
  end
end
local left = hasLeft and 1 or 0
if #ids == 0 then return { 'ok', now, '[]', '[]', '[]', again, suspect, left } end
local names, records, stopped = hold(ids, claimName)
return { 'ok', now, names, records, stopped or '[]', again, suspect, left }
