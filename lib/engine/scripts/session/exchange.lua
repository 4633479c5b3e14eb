--[[
Ends attempts and takes jobs, in one round trip.

ARGV  those of a take, then those of a settle
Returns {what the settle returns, what the take returns}.

Relies on: a take that cannot be leaves everything as it was; what was settled stands, and the reply says that nothing
was taken and is worth asking for at once: asked for alone, it fails with its error.
]]
local lost = endAttempts(keepSucceeded, keepFailed, publishing, attemptCount, plainCount, lockCount, nameCount, parts, FIRST)
local wasTaken, taken = pcall(takeJobs, incarnation, leaseMs, wanted, joins, maySuspect, claimName)
if wasTaken then return { lost, taken } end
return { lost, { 'ok', clock(), '[]', {}, '[]', 0 } }
