--[[
Tells what stands around the data in the record of a new job.

ARGV  ending: what would follow the data: its options first, then the other parts of the record
Returns what comes before the data and what comes after.

Relies on: where the options begin with what key-of.lua looks for, they come before the data, so that it finds them; the
parts of a record may stand in any order. A new job is written with a status of `created` and a progress of 0.
]]
local DATA, REST = '{"data":', ',"status":"created","progress":0}'
local isLimited = false
for _, name in ipairs({ 'key', 'cost', 'priority', 'front' }) do
  isLimited = isLimited or ending:find(',"options":{"' .. name .. '":', 1, true) == 1
end
if not isLimited or ending:sub(-#REST) ~= REST then return DATA, ending end
return '{' .. ending:sub(2, -#REST - 1) .. ',"data":', REST
