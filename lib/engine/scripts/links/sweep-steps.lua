--[[
Carries on workflows by what is found to have become of their steps, which a stock client may have done.

ARGV  ids: the jobs of steps
Returns how many of them were steps.

Relies on: what a step was is said by its state, so one that is looked at twice counts once.
]]
local found, names = {}, {}
for i = FIRST, #ids do
  names[#names + 1] = ids[i]
  found[#found + 1] = { id = ids[i], what = became(ids[i]) }
end
checkSteps(steps, names)
return advance(steps, found)
