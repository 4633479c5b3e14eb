--[[
Stores new jobs, each once, in the group in which they wait; when it is full, they go into a carrier at once.

KEYS  1 jobs  2 waiting  3 groups  4 groupRules  5 groupOf  6 gathered  7 gatheredBefore  8 groupDue (channel)
      9 what the name of the set of every group starts with
ARGV  1 the group  2 its rule: grace in ms, longest delay in ms and most jobs with a space behind each, then the options
      of its carriers but for time and size, as the inside of a JSON object  3 start of the jobs ('' at once, a number =
      epoch ms, '+n' = n ms from now by Redis's clock)  4 what follows the data in their records  5 an id that no job
      has  6.. per job two: id, data as JSON
Returns per job 1 (stored, or stored by this very command sent before) or 0 (the id was taken).

Relies on: the client made the ids, and a command that is sent again carries the same records to the letter. What went
into a carrier is remembered for some minutes, so that neither makes a second job. No more jobs than gather.lua takes for
one call. Calls gather.lua and frame.lua.
]]
local jobs, waiting, groups, rules, groupOf = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local gathered, gatheredBefore, groupDue, sets = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local group, rule, start, ending, base = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local startAt = now
if start:sub(1, 1) == '+' then
  startAt = now + tonumber(start) * 1000
elseif start ~= '' then
  startAt = math.max(now, tonumber(start) * 1000)
end

local before, after = frame({}, { ending })
local ids, records = {}, {}
for i = 6, #ARGV, 2 do
  ids[#ids + 1] = ARGV[i]
  records[#records + 1] = before .. ARGV[i + 1] .. after
end
expect('ZCARD', sets .. group)

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
if redis.call('HEXISTS', rules, group) == 0 then redis.call('UNLINK', sets .. group) end
redis.call('HSET', jobs, unpack(fresh))
redis.call('ZADD', sets .. group, unpack(places))
redis.call('HSET', groupOf, unpack(owners))
-- Who joins last knows best: a new version of the producer takes effect at once.
redis.call('HSET', rules, group, rule)
local all = { jobs, waiting, groups, rules, groupOf, gathered, gatheredBefore, groupDue, sets }
gather(all, { '', base, #ids, group })
return answers
