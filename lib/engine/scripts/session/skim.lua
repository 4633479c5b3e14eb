--[[
Takes jobs from the head of a list, and sets suspects aside; the first suspect is taken too where one is allowed.

ARGV  list: its key
      most: how many at most
      maySuspect: whether one suspect may be among them
      looked: how many this call of a script has looked at before
Returns four values: the ids taken; those set aside, which the caller puts back; the suspect among the ids taken, or '';
how many were looked at by now.

Relies on: a job with an entry in losses is a suspect. More than a thousand suspects are no sign of one job that kills
its workers, and nothing else would get a turn: past them all are taken as any other.
]]
local LOOKED = 1000

local got, aside, suspect = {}, {}, ''
while #got < most do
  local some = redis.call('RPOP', list, most - #got)
  if not some then break end
  looked = looked + #some
  local counts = redis.call('HMGET', losses, unpack(some))
  for i = 1, #some do
    if counts[i] and not maySuspect and looked < LOOKED then
      aside[#aside + 1] = some[i]
    else
      got[#got + 1] = some[i]
      if counts[i] and maySuspect then suspect, maySuspect = some[i], false end
    end
  end
end
return got, aside, suspect, looked
