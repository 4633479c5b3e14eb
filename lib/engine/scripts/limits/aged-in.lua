--[[
Tells how many of the next jobs of a line have aged: no more of them come before those of higher priorities.

ARGV  line: its name
      most: how many are asked about
      agingMs: after how long a job has aged, in ms
Returns how many; 1 at least, as who asks knows of one.

Relies on: a line that is no list is told of by who takes from it.
]]
local next, now, count = redis.pcall('LRANGE', lineStart .. line, -most, -1), clock(), 0
if #next == 0 then return 1 end
local since = redis.call('HMGET', waitingSince, unpack(next))
while count < #next and (tonumber(since[#next - count] or nil) or now) + agingMs <= now do count = count + 1 end
return math.max(1, count)
