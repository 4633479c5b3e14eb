--[[
Counts members of batches as what is found to have become of them, which a stock client may have done.

ARGV  ids: the jobs of members
Returns how many of them were members.

Relies on: what a member is counted as is said by its entry, so one that is looked at twice counts once.
]]
local found = { removed = {}, succeeded = {}, failed = {}, open = {} }
for i = FIRST, #ids do
  local id, state = ids[i], 'open'
  if redis.call('HEXISTS', jobs, id) == 0 then
    state = 'removed'
  elseif redis.call('SISMEMBER', succeeded, id) == 1 then
    state = 'succeeded'
  elseif redis.call('SISMEMBER', failed, id) == 1 then
    state = 'failed'
  end
  table.insert(found[state], id)
end
checkTally(batches, { unpack(ids, FIRST) })
local counted = 0
for state, members in pairs(found) do
  if #members > 0 then counted = counted + tally(batches, state, members) end
end
return counted
