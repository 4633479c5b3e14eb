--[[
Tells until when keys are held back.

ARGV  names: the keys, '' for none
Returns a list with a time for each, epoch ms; 0 where none holds it back.

Relies on: a hold stands in rates behind a mark, see hold-back.lua. That behind the mark alone is of the whole queue.
]]
local marked, found = {}, {}
for i = 1, #names do marked[i] = '\1' .. names[i] end
local times = redis.call('ZMSCORE', rates, unpack(marked))
for i = 1, #names do found[i] = names[i] ~= '' and tonumber(times[i] or nil) or 0 end
return found
