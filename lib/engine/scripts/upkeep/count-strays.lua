--[[
Counts by how many a queue has more records than places that name one.

ARGV  mostLines: how many lines are counted at most
Returns {the difference, how many jobs wait in lists, whether there were more lines than were counted}.

Relies on: a job that is somewhere is in one place. An id without a record, as stock clients may leave one, makes up
for a record without a place; where both are, they are found when the numbers of one or the other change.
]]
local listed = redis.call('LLEN', waiting) + redis.call('LLEN', front) + redis.call('LLEN', moved)
local isCut = redis.call('ZCARD', turns) + redis.call('ZCARD', pending) > mostLines
for _, standing in ipairs(isCut and {} or { turns, pending }) do
  for _, key in ipairs(redis.call('ZRANGE', standing, 0, -1)) do
    expect('LLEN', lineStart .. key)
    listed = listed + redis.call('LLEN', lineStart .. key)
  end
end
local others = redis.call('LLEN', active) + redis.call('ZCARD', delayed) + redis.call('HLEN', groupOf)
local ended = redis.call('SCARD', succeeded) + redis.call('SCARD', failed)
return { redis.call('HLEN', jobs) - listed - others - ended, listed, isCut and 1 or 0 }
