--[[
Counts the jobs of a queue that its workers hold, as take-limited.lua counts them.

Returns how many.

Relies on: which workers there are is known here alone, so the names of what they hold are made here.
]]
local held = 0
for _, one in ipairs(redis.call('ZRANGE', workers, 0, -1)) do held = held + expect('SCARD', claimsStart .. one) end
return held
