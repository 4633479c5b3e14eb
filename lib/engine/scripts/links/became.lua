--[[
Tells what is found to have become of a job that others wait for; a stock client may have done it.

ARGV  id: its id
Returns 'missing', 'succeeded', 'failed' or 'open'.

Relies on: a job that has ended and is kept is in the set of its end.
]]
if redis.call('HEXISTS', jobs, id) == 0 then return 'missing' end
if redis.call('SISMEMBER', succeeded, id) == 1 then return 'succeeded' end
return redis.call('SISMEMBER', failed, id) == 1 and 'failed' or 'open'
