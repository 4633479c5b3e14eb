--[[
Reads a count where anything may be stored.

ARGV  text: what is stored, or nil or false for nothing
      most: the greatest number that it may be
Returns it; nothing for what is no whole number from 0 to that.

Relies on: whoever goes over so many of something asks here first. Redis does nothing else while a script runs, so a
stored number without a bound would hold up all queues.
]]
local count = text and tonumber(text)
-- What is no number at all has no rest either.
if not count or count < 0 or count > most or count % 1 ~= 0 then return nil end
return count
