--[[
Ends attempts as settle.lua does, and with each that this very call ends, does what is tied to it: the jobs that follow are
stored, and a batch counts its member. An attempt whose claim is gone leads to nothing.

KEYS  those of settle.lua, of which 3 is the claims of the incarnation; then the batches of the queue; then four for each
      queue that gets jobs: jobs, waiting, delayed, earlierDelayed (channel)
ARGV  those of settle.lua; then per attempt: id; what its batch is told, see tally.lua, or ''; how many jobs follow; and for
      each of them five: number of its queue among the KEYS, from 0; what follows the data in the record; the start, as in
      save.lua; id; data as JSON; then, at the end, how many of the KEYS and how many of the ARGV are not those of settle.lua
Returns the ids that were not held.

Relies on: a claim is there until the call that ends the attempt, so a call that is sent again finds none and adds nothing, even
where what followed has ended and is gone by then. It checks the types of its keys itself. Calls settle.lua, save.lua,
check-tally.lua and tally.lua.
]]
local ofLinks, links, queues = table.remove(ARGV), {}, {}
local keyCount = table.remove(ARGV)
for i = tonumber(ofLinks), 1, -1 do links[i] = table.remove(ARGV) end
for i = tonumber(keyCount), 1, -1 do queues[i] = table.remove(KEYS) end
local claims = KEYS[3]
expect('SCARD', claims)
expect('HLEN', queues[1])
for i = 2, #queues, 4 do
  expect('HLEN', queues[i])
  expect('LLEN', queues[i + 1])
  expect('ZCARD', queues[i + 2])
end

local attempts, at = {}, 1
while at <= #links do
  local id, jobCount = links[at], tonumber(links[at + 2])
  local isHeld = redis.call('SISMEMBER', claims, id) == 1
  attempts[#attempts + 1] = { id = id, told = links[at + 1], from = at + 3, jobCount = jobCount, isHeld = isHeld }
  at = at + 3 + 5 * jobCount
end
local members = { '' }
for _, attempt in ipairs(attempts) do
  if attempt.told ~= '' then members[#members + 1] = attempt.id end
end
checkTally({ queues[1] }, members)

local lost = settle(KEYS, ARGV)
local isLost = {}
for i = 1, #lost do isLost[lost[i]] = true end

local told = {}
for _, attempt in ipairs(attempts) do
  if attempt.isHeld and not isLost[attempt.id] then
    for job = 0, attempt.jobCount - 1 do
      local from = attempt.from + 5 * job
      local first = 2 + 4 * tonumber(links[from])
      local keys = { queues[first], queues[first + 1], queues[first + 2], queues[first + 3] }
      save(keys, { links[from + 1], links[from + 2], 1, links[from + 3], links[from + 4] })
    end
    if attempt.told ~= '' then
      local list = told[attempt.told] or { attempt.told }
      list[#list + 1] = attempt.id
      told[attempt.told] = list
    end
  end
end
for _, list in pairs(told) do tally({ queues[1] }, list) end
return lost
