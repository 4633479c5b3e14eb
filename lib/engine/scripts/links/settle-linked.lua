--[[
Ends attempts as settle.lua does. With each that this very call ends, it does what is tied to it: the jobs that follow
are stored, and a batch counts its member. An attempt whose claim is gone leads to nothing.

ARGV  those of settle.lua
      parts: those of settle.lua, and behind them per attempt: id; what its batch is told, see tally.lua, or ''; how
        many jobs follow; and for each of these four: number of its queue among those given, from 0; the start, as in
        save.lua; id; record
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

local attempts, at = {}, FIRST + 2 * plainCount + 4 * (attemptCount - plainCount) + 2 * lockCount
local names = {}
for _ = 1, nameCount do
  names[parts[at]] = parts[at + 1]
  at = at + 2
end
while at <= #parts do
  local id, jobCount = parts[at], tonumber(parts[at + 2])
  local isHeld = redis.call('SISMEMBER', claims, id) == 1 and names[id] == (redis.call('HGET', claimNames, id) or nil)
  attempts[#attempts + 1] = { id = id, told = parts[at + 1], from = at + 3, jobCount = jobCount, isHeld = isHeld }
  at = at + 3 + 4 * jobCount
end
local members = {}
for _, attempt in ipairs(attempts) do
  if attempt.told ~= '' then members[#members + 1] = attempt.id end
end
checkTally(batches, members)

local lost = settle(keepSucceeded, keepFailed, publishing, attemptCount, plainCount, lockCount, nameCount, parts, FIRST)
local isLost = {}
for i = 1, #lost do isLost[lost[i]] = true end

local told = {}
for _, attempt in ipairs(attempts) do
  if attempt.isHeld and not isLost[attempt.id] then
    for from = attempt.from, attempt.from + 4 * attempt.jobCount - 1, 4 do
      local to = queues[1 + parts[from]]
      local job = { parts[from + 1], 1, parts[from + 2], parts[from + 3] }
      store(to.jobs, to.waiting, to.delayed, to.earlierDelayed, to.eventLog, nil, job)
    end
    if attempt.told ~= '' then
      told[attempt.told] = told[attempt.told] or {}
      table.insert(told[attempt.told], attempt.id)
    end
  end
end
for what, ids in pairs(told) do tally(batches, what, ids) end
if isHeard and #lost < attemptCount then tellIdle(eventLog) end
return lost
