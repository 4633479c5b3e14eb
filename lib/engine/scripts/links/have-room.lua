--[[
Tells whether queues have room for the jobs that are to start at once.

ARGV  queues: tables of the keys of each
      wanted: how many are to start, by the place of their queue among those, from 1
Returns true or false.

Relies on: nothing was stored of them yet.
]]
for at, count in pairs(wanted) do
  local one = queues[at]
  if (room(one.meta, one.jobs, one.waiting, one.delayed) or count) < count then return false end
end
return true
