--[[
Counts members of batches as what is found to have become of them, which a stock client may have done.

ARGV  ids: the jobs of members
Returns how many of them were members.

Relies on: what a member is counted as is said by its entry, so one that is looked at twice counts once.
]]
local found = { missing = {}, succeeded = {}, failed = {}, open = {} }
for i = FIRST, #ids do table.insert(found[became(ids[i])], ids[i]) end
checkTally(batches, { unpack(ids, FIRST) })
local counted = 0
for what, members in pairs(found) do
  if #members > 0 then counted = counted + tally(batches, what == 'missing' and 'removed' or what, members) end
end
return counted
