--[[
Counts what a queue has to do and what has ended in it, at one moment.

Returns {now, how many jobs have not ended, how many succeeded and failed today, how many did yesterday}: six numbers.

Relies on: every job that has not ended has a record, wherever it waits: in a list, a line or a group.
]]
local now = clock()
local ended = expect('SCARD', succeeded) + expect('SCARD', failed)
local unfinished = math.max(0, expect('HLEN', jobs) - ended)
expect('HLEN', stats)

local day, fields = math.floor(now / 86400000), {}
for ago = 0, 1 do
  fields[#fields + 1] = 'succeeded:' .. day - ago
  fields[#fields + 1] = 'failed:' .. day - ago
end
local counts = redis.call('HMGET', stats, unpack(fields))
local reply = { now, unfinished }
for i = 1, #fields do reply[#reply + 1] = countOf(counts[i], 2 ^ 53) or 0 end
return reply
