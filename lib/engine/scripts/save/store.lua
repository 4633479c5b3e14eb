--[[
Stores new jobs in a queue, each once, as save.lua says.

ARGV  jobs: the keys of the queue
      waiting: likewise
      delayed: likewise
      earlierDelayed: likewise
      eventLog: likewise; or false, where nobody can be told
      room: how many more may come to wait there; nil for any number
      groups: as save.lua is given them
Returns the places, from 1, of the jobs whose id was taken; one that this very command stored, sent before, is not of
them. Below zero the places of those that are to start at once and for which there was no room; they are not stored.

Relies on: it checks the keys that it will touch. An exclamation mark before a start says that the priority of those
jobs is not the default. The meta of the queue has the same name as its other keys but for the end.
]]
local function startOf(start)
  if start:sub(1, 1) == '!' then
    prioritise(jobs:sub(1, -#'jobs' - 1) .. 'meta')
    start = start:sub(2)
  end
  return start:sub(1, 1) == '+' and clock() + tonumber(start) or start
end

-- One alone is told by storing it whether its id is free, and needs no lists.
if #groups == FIRST + 3 then
  local id, record = groups[FIRST + 2], groups[FIRST + 3]
  local start = groups[FIRST] == '' and '' or startOf(groups[FIRST])
  if start ~= '' then redis.call('ZCARD', delayed) end
  if room and room < 1 and start == '' and redis.call('HEXISTS', jobs, id) == 0 then return { -1 } end
  if redis.call('HSETNX', jobs, id, record) == 0 then return redis.call('HGET', jobs, id) == record and {} or { 1 } end
  if start == '' then
    -- To undo is cheaper than to look before, and leaves room for the look whether anybody listens.
    local pushed = redis.pcall('LPUSH', waiting, id)
    if type(pushed) == 'table' then
      redis.call('HDEL', jobs, id)
      error(pushed)
    end
  else
    delay(delayed, earlierDelayed, { start, id })
  end
  if eventLog and redis.call('EXISTS', eventLog) == 1 then tell(eventLog, { 'added', id, start }) end
  return {}
end

local ids, fields, starts = {}, {}, {}
local at, count, dueCount = FIRST, 0, 0
while at < #groups do
  local start, last = startOf(groups[at]), at + 1 + 2 * groups[at + 1]
  if start ~= '' then dueCount = dueCount + groups[at + 1] end
  for i = at + 2, last, 2 do
    count = count + 1
    ids[count], fields[2 * count - 1], fields[2 * count], starts[count] = groups[i], groups[i], groups[i + 1], start
  end
  at = last + 1
end
if dueCount < count then redis.call('LLEN', waiting) end
if dueCount > 0 then redis.call('ZCARD', delayed) end

local stored, named = redis.call('HMGET', jobs, unpack(ids)), {}
local taken, fresh = {}, 0
for i = 1, count do
  local id = ids[i]
  if stored[i] or named[id] then
    if stored[i] ~= fields[2 * i] then taken[#taken + 1] = i end
  elseif room and room < 1 and starts[i] == '' then
    taken[#taken + 1] = -i
  else
    if room and starts[i] == '' then room = room - 1 end
    named[id] = true
    fresh = fresh + 1
    -- Mostly all are new, and each stays in its place.
    if fresh < i then
      ids[fresh], fields[2 * fresh - 1], fields[2 * fresh], starts[fresh] = id, id, fields[2 * i], starts[i]
    end
  end
end
if fresh == 0 then return taken end
redis.call('HSET', jobs, unpack(fields, 1, 2 * fresh))
local function tellAdded()
  if not eventLog or redis.call('EXISTS', eventLog) == 0 then return end
  local told = {}
  for i = 1, fresh do told[#told + 1], told[#told + 2], told[#told + 3] = 'added', ids[i], starts[i] end
  tell(eventLog, told)
end
if dueCount == 0 then
  redis.call('LPUSH', waiting, unpack(ids, 1, fresh))
  tellAdded()
  return taken
end

local ready, due = {}, {}
for i = 1, fresh do
  if starts[i] == '' then
    ready[#ready + 1] = ids[i]
  else
    due[#due + 1], due[#due + 2] = starts[i], ids[i]
  end
end
if #ready > 0 then redis.call('LPUSH', waiting, unpack(ready)) end
if #due > 0 then delay(delayed, earlierDelayed, due) end
tellAdded()
return taken
