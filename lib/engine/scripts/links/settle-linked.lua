--[[
Ends attempts as settle.lua does. With each that this very call ends, it does what is tied to it: the jobs that follow
are stored, a batch counts its member, a workflow goes on, and it is noted which signals the job waits for. An attempt
whose claim is gone leads to nothing.

ARGV  those of settle.lua
      parts: those of settle.lua, and behind them per attempt: id; what its batch is told, see tally.lua, or with a plus
        sign before it what its workflow is told, see advance.lua, or ''; how many jobs follow; how many steps it adds
        to its workflow; how many jobs follow in its own queue under unique keys; what is noted of its signals, see
        note-wait.lua, or ''; for each of the jobs four: number of its queue among those given, from 0; the start, as in
        save.lua; id; record; for each of the steps nine: the first three likewise, the number being -1 where its
        queue is in another slot; name of its queue; its name; its type; its record in two parts, as save-flow.lua is
        given them; its ties, see spawn-steps.lua, or ''; and for each of those under unique keys eight: id, record,
        start, key, release, ttl, onConflict and lookMs, as save-unique.lua is given them
Returns the ids that were not held.

Relies on: a claim is there until the call that ends the attempt, so a call that is sent again finds none and adds
nothing, even where what followed has ended and is gone by then. It checks the types of its keys itself.
]]
expect('SCARD', claims)
expect('HLEN', claimNames)
expect('HLEN', batches)
for _, queue in ipairs(queues) do
  expect('HLEN', queue.jobs)
  expect('LLEN', queue.waiting)
  expect('ZCARD', queue.delayed)
end

local afterPlain = FIRST + 2 * plainCount
local attempts, at, hasWaits = {}, afterPlain + 4 * (attemptCount - plainCount) + 2 * lockCount, false
local names, results = {}, {}
for i = afterPlain, at - 2 * lockCount - 1, 4 do results[parts[i]] = parts[i + 3] end
for _ = 1, nameCount do
  names[parts[at]] = parts[at + 1]
  at = at + 2
end
while at <= #parts do
  local jobCount, stepCount = tonumber(parts[at + 2]), tonumber(parts[at + 3])
  local attempt = { id = parts[at], told = parts[at + 1], from = at + 6, jobCount = jobCount, wait = parts[at + 5] }
  attempt.stepsFrom, attempt.stepCount = attempt.from + 4 * jobCount, stepCount
  attempt.uniqueFrom = attempt.stepsFrom + 9 * stepCount
  hasWaits = hasWaits or attempt.wait ~= ''
  attempts[#attempts + 1] = attempt
  at = attempt.uniqueFrom + 8 * tonumber(parts[at + 4])
  attempt.uniqueTo = at - 1
end
local ids = {}
for i, attempt in ipairs(attempts) do ids[i] = attempt.id end
local isClaimed, claimed = redis.call('SMISMEMBER', claims, unpack(ids)), redis.call('HMGET', claimNames, unpack(ids))
for i, attempt in ipairs(attempts) do
  attempt.isHeld = isClaimed[i] == 1 and names[attempt.id] == (claimed[i] or nil)
end
local members, ofSteps = {}, {}
for _, attempt in ipairs(attempts) do
  local list = attempt.told:sub(1, 1) == '+' and ofSteps or members
  if attempt.told ~= '' then list[#list + 1] = attempt.id end
end
checkTally(batches, members)
if #ofSteps > 0 then
  expect('HLEN', steps)
  for _, queue in ipairs(queues) do expect('HLEN', queue.jobs:sub(1, -#'jobs' - 1) .. 'steps') end
  checkSteps(steps, ofSteps)
  for _, attempt in ipairs(attempts) do
    for i = attempt.stepsFrom, attempt.stepsFrom + 9 * attempt.stepCount - 1, 9 do
      if parts[i] == '-1' then checkHandOver(steps:sub(1, -#'steps' - 1), parts[i + 3]) end
    end
  end
end
for _, attempt in ipairs(attempts) do
  if attempt.uniqueFrom <= attempt.uniqueTo then
    for _, hash in ipairs({ jobs, uniques, losses, meta }) do expect('HLEN', hash) end
    for _, list in ipairs({ waiting, active }) do expect('LLEN', list) end
    for _, set in ipairs({ succeeded, failed }) do expect('SCARD', set) end
    for _, sorted in ipairs({ delayed, lockStart }) do expect('ZCARD', sorted) end
  end
  for i = attempt.uniqueFrom, attempt.uniqueTo, 8 do expect('STRLEN', lockStart .. parts[i + 3]) end
end

if hasWaits then expect('HLEN', signals) end

local lost = settle(keepSucceeded, keepFailed, publishing, attemptCount, plainCount, lockCount, nameCount, parts, FIRST)
local isLost = {}
for i = 1, #lost do isLost[lost[i]] = true end

local function spawnedBy(attempt)
  local spawned = {}
  for i = attempt.stepsFrom, attempt.stepsFrom + 9 * attempt.stepCount - 1, 9 do
    local of = queues[1 + parts[i]]
    local one = { prefix = of and of.jobs:sub(1, -#'jobs' - 1), start = parts[i + 1], id = parts[i + 2] }
    one.queue, one.name, one.type = parts[i + 3], parts[i + 4], parts[i + 5]
    one.before, one.behind, one.ties = parts[i + 6], parts[i + 7], parts[i + 8]
    spawned[#spawned + 1] = one
  end
  return spawned
end
local told, ends = {}, {}
for _, attempt in ipairs(attempts) do
  if attempt.isHeld and not isLost[attempt.id] then
    for from = attempt.from, attempt.from + 4 * attempt.jobCount - 1, 4 do
      local to = queues[1 + parts[from]]
      local job = { parts[from + 1], 1, parts[from + 2], parts[from + 3] }
      store(to.jobs, to.waiting, to.delayed, to.earlierDelayed, to.eventLog, nil, job)
    end
    for i = attempt.uniqueFrom, attempt.uniqueTo, 8 do
      local id, record, start, key = parts[i], parts[i + 1], parts[i + 2], parts[i + 3]
      saveUnique(id, record, start, key, parts[i + 4], parts[i + 5], parts[i + 6], tonumber(parts[i + 7]), false)
    end
    if attempt.wait ~= '' then noteWait(attempt.id, attempt.wait) end
    if attempt.told:sub(1, 1) == '+' then
      local what, own = attempt.told:match('^%+(%a+) ?(.*)$')
      local one = { id = attempt.id, what = what, result = own ~= '' and own or results[attempt.id] }
      if attempt.stepCount > 0 then one.spawned = spawnedBy(attempt) end
      ends[#ends + 1] = one
    elseif attempt.told ~= '' then
      told[attempt.told] = told[attempt.told] or {}
      table.insert(told[attempt.told], attempt.id)
    end
  end
end
for what, ids in pairs(told) do tally(batches, what, ids) end
if #ends > 0 then advance(steps, ends) end
if isHeard and #lost < attemptCount then tellIdle(eventLog) end
return lost
