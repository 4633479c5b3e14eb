--[[
Tells of which key and priority the jobs of a line are.

ARGV  line: its name, as line-of.lua makes it
Returns two values: the key, and the priority.

Relies on: what line-of.lua relies on.
]]
if line:byte(1) ~= 1 then return line, 4 end
return line:sub(3), tonumber(line:sub(2, 2))
