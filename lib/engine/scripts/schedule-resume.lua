--[[
Lets a paused schedule fire again.

KEYS  1 schedules  2 scheduleTicks  3 schedulesChanged (channel)
ARGV  1 name  2 fingerprint of the schedule that the next tick was reckoned for  3 that tick, epoch ms, or '' for none
Returns 'resumed', 'unchanged' when it was not paused, 'changed' when it is another schedule by now, or 'absent'.

Relies on: a schedule in JSON has its fingerprint in it. Calls marks-of.lua.
]]
local schedules, ticks, changed = KEYS[1], KEYS[2], KEYS[3]
local name, fingerprint, tick = ARGV[1], ARGV[2], ARGV[3]

local text = redis.call('HGET', schedules, name)
if not text then return 'absent' end
if redis.call('HEXISTS', schedules, name .. ':paused') == 0 then return 'unchanged' end
if marksOf({}, { text }) ~= fingerprint then return 'changed' end
redis.call('HDEL', schedules, name .. ':paused')
if tick ~= '' then redis.call('ZADD', ticks, tick, name) end
redis.pcall('PUBLISH', changed, name)
return 'resumed'
