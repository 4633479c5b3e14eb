--[[
Ends attempts and takes jobs of a queue with limits, in one round trip; the slots of what ended are free before the take
looks for one.

ARGV  those of a take, then those of a settle
Returns {what the settle returns, what the take returns}.

Relies on: what exchange.lua relies on. A slot whose claim is gone is void, freed or not.
]]
local lost = endAttempts(keepSucceeded, keepFailed, publishing, attemptCount, plainCount, lockCount, nameCount, parts, FIRST)
local ended = {}
local afterPlain = FIRST + 2 * plainCount
for i = FIRST, afterPlain - 1, 2 do ended[#ended + 1] = parts[i] end
for i = afterPlain, afterPlain + 4 * (attemptCount - plainCount) - 1, 4 do ended[#ended + 1] = parts[i] end
local function takeNext()
  freeSlots(ended)
  return takeJobs(incarnation, leaseMs, wanted, joins, maySuspect, claimName)
end
local wasTaken, taken = pcall(takeNext)
if wasTaken then return { lost, taken } end
return { lost, { 'ok', clock(), '[]', {}, '[]', 0 } }
