--[[
Moves jobs of one state to another queue: out of this one and into that in one step, or, where that has a slot of its
own, out of this one and into what it hands over, see hand-over.lua.

ARGV  state: waiting, delayed or failed
      farthest: as in withdraw.lua, as is nearest
      nearest: likewise
      to: the other queue
      changes: per job three: id, its record as read before, its record for the other queue; at most 500 jobs
Returns a word for each job: 'moved'; 'gone', as it is not there any more or not as it was read; 'taken', as another job
has its id there; 'full', as the other queue has no room; or the name of the key here by which it is tied to something.

Relies on: the other queue is the one that is given, and none is given where it is in another slot: then whoever calls
has asked there (greet.lua). A call that is sent again finds its own records there, to the letter.
]]
local PER_JOB = 3
local there = queues[1]
local own, other = jobs:sub(1, -#'jobs' - 1), there and there.jobs:sub(1, -#'jobs' - 1)
if there then checkArrive(other) else checkHandOver(own, to) end
expect('HLEN', addedLines)
expect('LLEN', list)

local ids = {}
for i = FIRST, #changes, PER_JOB do ids[#ids + 1] = changes[i] end
local words = {}
local function note(word, found)
  for i = 1, #ids do
    if found[i] then words[i] = words[i] or word end
  end
end
local known = there and redis.call('HMGET', there.jobs, unpack(ids)) or {}
for i = 1, #ids do
  if known[i] then words[i] = known[i] == changes[FIRST + PER_JOB * i - 1] and 'moved' or 'taken' end
end
for name, key in pairs({ uniques = uniques, batches = batches, steps = steps, signals = signals }) do
  if redis.call('EXISTS', key) == 1 then note(name, redis.call('HMGET', key, unpack(ids))) end
end

local left = there and state == 'waiting' and room(there.meta, there.jobs, there.waiting, there.delayed)
local leaving, places = {}, {}
for i = 1, #ids do
  if not words[i] and left and left < 1 then words[i] = 'full' end
  if not words[i] then
    words[i], places[ids[i]] = 'gone', i
    if left then left = left - 1 end
    local before = changes[FIRST + PER_JOB * (i - 1) + 1]
    leaving[#leaving + 1], leaving[#leaving + 2], leaving[#leaving + 3] = ids[i], before, ''
  end
end
if #leaving == 0 then return words end

local dues, losings, lines = {}, {}, {}
for id in pairs(places) do
  if state ~= 'waiting' then dues[id] = redis.call('ZSCORE', state == 'failed' and failedOrder or delayed, id) end
  losings[id] = redis.call('HGET', losses, id) or nil
  lines[id] = redis.call('HGET', addedLines, id) or nil
end
for _, id in ipairs(withdraw(state, farthest, nearest, 'failed', '""', leaving)) do words[places[id]] = 'moved' end

local arrived = {}
for i = 1, #ids do
  local id = ids[i]
  if places[id] == i and words[i] == 'moved' then
    redis.call('HDEL', addedLines, id)
    local job = { id = id, state = state, at = dues[id] or '', moved = changes[FIRST + PER_JOB * i - 1] }
    job.losses, job.lines = losings[id], lines[id]
    arrived[#arrived + 1] = job
  end
end
if there then
  if #arrived > 0 then arrive(other, arrived) end
  return words
end
for _, job in ipairs(arrived) do
  local fields = {}
  for name, value in pairs(job) do fields[#fields + 1], fields[#fields + 2] = name, value end
  handOver(own, to, fields)
end
return words
