--[[
Tells of which key and priority the jobs of a line are.

ARGV  line: its name, as line-of.lua makes it
Returns two values: the key, and the priority.

Relies on: what line-of.lua relies on.
]]
local priority = line:match('^\1(%d)')
if not priority then return line, 4 end
return line:sub(3), tonumber(priority)
