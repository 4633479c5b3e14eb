--[[
Looks at one group: when it is full or due, its jobs go into carriers, each a job of its own at the end of waiting.

ARGV  isForced: whether what has joined is handed over, due or not
      base: an id that no job has
      most: how many jobs at most
      group: its name
Returns {how many carriers, how many jobs went into them}.

Relies on: scores in the set of a group are microseconds of Redis's clock, those that join in one call one apart; one
that lies ahead is of a job that is delayed. A stored record is JSON, so many of them with commas between are JSON too.
The id may have been used by this very command sent before, so it is looked for. A job whose record is gone was removed
by a stock client.
]]
expect('ZCARD', groupStart .. group)
local set = groupStart .. group

-- As many as join in one call.
local JOINING = 250
-- With it the text of an object begins.
local BRACE = 123
-- What went into carriers is remembered from half as long on.
local REMEMBERED_MS = 600000
-- When a group is looked at again of which nobody can tell when it is due.
local LATER_MS = 60000

local rule = redis.call('HGET', groupRules, group)
if not rule then
  redis.call('ZREM', groups, group)
  return { 0, 0 }
end
local graceMs, maxDelayMs, mostJobs, options = rule:match('^(%d+) (%d+) (%d+) (.*)$')
local maxSize = tonumber(mostJobs)

local now = clock('micros')
local nowMs = math.floor(now / 1000)
local joined = now + JOINING
if not maxSize or maxSize < 1 then
  -- With this somebody has meddled; who joins next says it anew, and the other groups go on.
  redis.call('ZADD', groups, nowMs + LATER_MS, group)
  return { 0, 0 }
end

local function scoreOf(...)
  local found = redis.call('ZRANGE', set, ...)
  return tonumber(found[2])
end

local function dueAt(first)
  local last = scoreOf(joined, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')
  return last and math.min(last + graceMs * 1000, first + maxDelayMs * 1000)
end

local function remember(ids, records, carrier)
  local left = redis.call('PTTL', gathered)
  if left > 0 and left < REMEMBERED_MS / 2 then
    redis.call('RENAME', gathered, gatheredBefore)
    left = -2
  end
  local notes = {}
  for i = 1, #ids do
    notes[#notes + 1] = ids[i]
    -- By the first of it a command that is sent again knows its own job.
    notes[#notes + 1] = redis.sha1hex(records[i]):sub(1, 16) .. carrier
  end
  redis.call('HSET', gathered, unpack(notes))
  if left < 0 then redis.call('PEXPIRE', gathered, REMEMBERED_MS) end
end

local function freeId()
  local id, n = base, 1
  while redis.call('HEXISTS', jobs, id) == 1 do
    n = n + 1
    id = base .. '-' .. n
  end
  return id
end

-- Returns how many of the first jobs of the group went into a carrier; the others were gone.
local function carry(ids)
  local stored, members, records = redis.call('HMGET', jobs, unpack(ids)), {}, {}
  -- One joining of many texts: each further one would copy all of them once more. The first is known at the end.
  local parts = { '' }
  for i = 1, #ids do
    if stored[i] and stored[i]:byte() == BRACE then
      members[#members + 1] = ids[i]
      records[#records + 1] = stored[i]
      parts[#parts + 1] = (#members == 1 and '{"id":' or ',{"id":') .. cjson.encode(ids[i]) .. ',"job":'
      parts[#parts + 1] = stored[i]
      parts[#parts + 1] = '}'
    elseif stored[i] then
      -- Whoever takes it finds that it cannot be read, and fails it alone.
      redis.call('LPUSH', waiting, ids[i])
    end
  end
  redis.call('ZREMRANGEBYRANK', set, 0, #ids - 1)
  redis.call('HDEL', groupOf, unpack(ids))
  if #members == 0 then return 0 end
  local carrier = freeId()
  local ending = ',"options":{' .. options .. ',"size":' .. #members .. '},"timestamp":' .. string.format('%.0f', nowMs)
  local before, after = frame(ending .. '},"status":"created","progress":0}')
  parts[1] = before .. '['
  parts[#parts + 1] = ']' .. after
  if options:find('^"priority":') or options:find('^"front":') then prioritise(meta) end
  redis.call('HSET', jobs, carrier, table.concat(parts))
  redis.call('HDEL', jobs, unpack(members))
  redis.call('LPUSH', waiting, carrier)
  if redis.call('EXISTS', eventLog) == 1 then tell(eventLog, { 'added', carrier, '' }) end
  remember(members, records, carrier)
  return #members
end

local function lookAgain(first)
  local at = scoreOf('(' .. string.format('%.0f', joined), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  local due = math.ceil(math.min(dueAt(first) or at, at or math.huge) / 1000)
  local before = redis.call('ZRANGE', groups, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', groups, due, group)
  -- Workers sleep until the earliest group is due, so they must hear of an earlier one.
  if not before or due < tonumber(before) then redis.pcall('PUBLISH', groupDue, due) end
end

local carriers, carried = 0, 0
local count = redis.call('ZCOUNT', set, '-inf', joined)
local isDue = isForced or (count > 0 and dueAt(scoreOf(0, 0, 'WITHSCORES')) <= now)
while count > 0 and (isDue or count >= maxSize) and carried < most do
  local size = math.min(count, maxSize)
  local taken = carry(redis.call('ZRANGE', set, 0, size - 1))
  count = count - size
  carried = carried + taken
  if taken > 0 then carriers = carriers + 1 end
end

local first = scoreOf(0, 0, 'WITHSCORES')
if first then
  lookAgain(first)
else
  redis.call('ZREM', groups, group)
  redis.call('HDEL', groupRules, group)
end
return { carriers, carried }
