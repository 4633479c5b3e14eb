--[[
Takes what the blocking move brought that was sent before it on the same connection: Redis runs this the moment that
move ends, before the client has heard of it.

ARGV  those of a take
Returns what the take returns, or false when nothing was moved.

Relies on: what is in moved may be taken by whoever comes, and put back to the head of waiting at any time: each move
that brings an id is followed by one of these, and one that finds nothing is told of the next id by its next move. A
take that fails has changed nothing, so what was put back to the head is still there. That head is the one of waiting,
also where there are limits: nobody had it yet, so it comes after those of its key that are in their line.
]]
if redis.call('LLEN', moved) == 0 then return false end
redis.call('LLEN', waiting)
redis.call('RPUSH', waiting, redis.call('RPOP', moved))
local wasTaken, taken = pcall(takeJobs, incarnation, leaseMs, wanted, joins, maySuspect, claimName)
if wasTaken then return taken end
redis.call('RPUSH', moved, redis.call('RPOP', waiting))
error(taken)
