--[[
Tells when a unique key is let go at the latest.

ARGV  from: since when it is held, epoch ms
      ttl: for how long, in ms, or ''
Returns epoch ms as a text, or '' for never.

Relies on: no number of Lua is written with an exponent this way.
]]
return ttl == '' and '' or string.format('%.0f', from + tonumber(ttl))
