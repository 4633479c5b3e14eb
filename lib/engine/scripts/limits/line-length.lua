--[[
Tells how many jobs are in the line of a key, and fails where that is no list.

ARGV  key: the key
      lengths: by key the lengths that are known; this one is noted
Returns the number.

Relies on: whoever changes a line after this notes its new length.
]]
lengths[key] = lengths[key] or expect('LLEN', lineStart .. key)
return lengths[key]
