--[[
Reads the signals of a job, and the time.

ARGV  id: the job
Returns {the time, what is kept of them: see signals-of.lua, or nothing}.

Relies on: what was not there at that time comes later, by the same clock.
]]
return { clock(), redis.call('HGET', signals, id) }
