--[[
Stores new jobs, each once, in the group in which they wait; when it is full, they go into a carrier at once.

ARGV  group: its name
      rule: its rule: grace in ms, longest delay in ms and most jobs with a space behind each, then the options of its
        carriers but for time and size, as the inside of a JSON object
      start: start of the jobs ('' at once, a number = epoch ms, '+n' = n ms from now by Redis's clock)
      base: an id that no job has
      members: per job two: id, record
Returns per job 1 (stored, or stored by this very command sent before) or 0 (the id was taken).

Relies on: the client made the ids, and a command that is sent again carries the same records to the letter. What went
into a carrier is remembered for some minutes, so that neither makes a second job. No more jobs than gather.lua takes
for one call.
]]
local now = clock('micros')
local startAt = now
-- That its carrier has another priority than the default is said by the rule.
if start:sub(1, 1) == '!' then start = start:sub(2) end
if start:sub(1, 1) == '+' then
  startAt = now + tonumber(start) * 1000
elseif start ~= '' then
  startAt = math.max(now, tonumber(start) * 1000)
end

local ids, records = {}, {}
for i = FIRST, #members, 2 do
  ids[#ids + 1] = members[i]
  records[#records + 1] = members[i + 1]
end
expect('ZCARD', groupStart .. group)

local stored = redis.call('HMGET', jobs, unpack(ids))
local notes = redis.call('HMGET', gathered, unpack(ids))
local olderNotes = redis.call('HMGET', gatheredBefore, unpack(ids))
local answers, fresh, places, owners, named = {}, {}, {}, {}, {}
for i = 1, #ids do
  local id, record, note = ids[i], records[i], notes[i] or olderNotes[i]
  if stored[i] or named[id] then
    answers[i] = stored[i] == record and 1 or 0
  elseif note then
    answers[i] = note:sub(1, 16) == redis.sha1hex(record):sub(1, 16) and 1 or 0
  else
    answers[i] = 1
    named[id] = true
    fresh[#fresh + 1] = id
    fresh[#fresh + 1] = record
    -- One apart, so that they keep their order.
    places[#places + 1] = startAt + i - 1
    places[#places + 1] = id
    owners[#owners + 1] = id
    owners[#owners + 1] = group
  end
end
if #fresh == 0 then return answers end

-- What is there without a rule went with a queue of this name, and is only waiting to be removed.
if redis.call('HEXISTS', groupRules, group) == 0 then redis.call('UNLINK', groupStart .. group) end
redis.call('HSET', jobs, unpack(fresh))
redis.call('ZADD', groupStart .. group, unpack(places))
redis.call('HSET', groupOf, unpack(owners))
if redis.call('EXISTS', eventLog) == 1 then
  local told = {}
  local due = startAt > now and string.format('%.0f', startAt / 1000) or ''
  for i = 1, #fresh, 2 do told[#told + 1], told[#told + 2], told[#told + 3] = 'added', fresh[i], due end
  tell(eventLog, told)
end
-- Who joins last knows best: a new version of the producer takes effect at once.
redis.call('HSET', groupRules, group, rule)
gather(false, base, #ids, group)
return answers
