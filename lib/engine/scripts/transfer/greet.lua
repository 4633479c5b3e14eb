--[[
Asks in a queue what may come to it from one in another slot, and notes there that something may: so the workers of
this one carry it too, if nobody does there.

ARGV  source: the other queue
      ids: those of the jobs that may come
Returns how many more may come to wait here, '' for any number, and behind that the ids that are taken.

Relies on: receive.lua takes what is noted for an id before any that was handed over.
]]
redis.call('HSETNX', handed, source, '0-0')
local left = room(meta, jobs, waiting, delayed)
local found = { left and string.format('%.0f', left) or '' }
for i = FIRST, #ids do
  if redis.call('HEXISTS', jobs, ids[i]) == 1 then found[#found + 1] = ids[i] end
end
return found
