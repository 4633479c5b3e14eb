--[[
Names the line in which jobs of a key and a priority wait.

ARGV  key: the key, or '' for none
      priority: 0 to 9
Returns the name: that of the key for the default priority, else with a mark and the priority before it.

Relies on: no key begins with a control character. See read-line.lua.
]]
if priority == 4 then return key end
return '\1' .. priority .. key
