--[[
Stores new jobs in a queue, each once, as save.lua says.

ARGV  jobs: the keys of the queue
      waiting: likewise
      delayed: likewise
      earlierDelayed: likewise
      eventLog: likewise; or false, where nobody can be told
      groups: as save.lua is given them
Returns per job 1 (stored, or stored by this very command sent before) or 0 (the id was taken).

Relies on: a job alone is told by storing it whether its id is free. It checks the keys that it will touch.
]]
local function startOf(start)
  return start:sub(1, 1) == '+' and clock() + tonumber(start) or start
end

local ids, records, starts = {}, {}, {}
local at, isReady, isDue = FIRST, false, false
while at < #groups do
  local before, after = frame(groups[at])
  local start, last = startOf(groups[at + 1]), at + 2 * groups[at + 2]
  if start == '' then isReady = true else isDue = true end
  for i = at + 3, last + 1, 2 do
    ids[#ids + 1] = groups[i]
    records[#ids] = before .. groups[i + 1] .. after
    starts[#ids] = start
  end
  at = last + 3
end

local isHeard = eventLog and redis.call('EXISTS', eventLog) == 1
if isDue then redis.call('ZCARD', delayed) end
if #ids == 1 then
  local id, record, start = ids[1], records[1], starts[1]
  if redis.call('HSETNX', jobs, id, record) == 0 then
    return { redis.call('HGET', jobs, id) == record and 1 or 0 }
  end
  if start == '' then
    -- Most adds are of one job: to undo is cheaper than to look before.
    local pushed = redis.pcall('LPUSH', waiting, id)
    if type(pushed) == 'table' then
      redis.call('HDEL', jobs, id)
      error(pushed)
    end
  else
    delay(delayed, earlierDelayed, { start, id })
  end
  if isHeard then tell(eventLog, { 'added', id, start }) end
  return { 1 }
end
if isReady then redis.call('LLEN', waiting) end

local stored = redis.call('HMGET', jobs, unpack(ids))
local answers, fresh, ready, due, named, told = {}, {}, {}, {}, {}, {}
for i = 1, #ids do
  local id, record = ids[i], records[i]
  if stored[i] or named[id] then
    answers[i] = stored[i] == record and 1 or 0
  else
    answers[i] = 1
    named[id] = true
    fresh[#fresh + 1] = id
    fresh[#fresh + 1] = record
    if isHeard then told[#told + 1], told[#told + 2], told[#told + 3] = 'added', id, starts[i] end
    if starts[i] == '' then
      ready[#ready + 1] = id
    else
      due[#due + 1] = starts[i]
      due[#due + 1] = id
    end
  end
end
if #fresh > 0 then redis.call('HSET', jobs, unpack(fresh)) end
if #ready > 0 then redis.call('LPUSH', waiting, unpack(ready)) end
if #due > 0 then delay(delayed, earlierDelayed, due) end
if isHeard then tell(eventLog, told) end
return answers
