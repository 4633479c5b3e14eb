--[[
Counts by how many a queue has more records than places that name one.

KEYS  1 jobs  2 waiting  3 active  4 delayed  5 succeeded  6 failed  7 front  8 groupOf  9 turns  10 pending
      11 what the name of every line starts with
ARGV  1 how many lines are counted at most
Returns {the difference, how many jobs wait in lists, '1' when there were more lines than were counted, else '0'}.

Relies on: a job that is somewhere is in one place. An id without a record, as stock clients may leave one, makes up for a
record without a place; where both are, they are found when the numbers of one or the other change.
]]
local jobs, waiting, active, delayed, succeeded, failed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local front, groupOf, turns, pending, lines = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local most = tonumber(ARGV[1])

local listed = redis.call('LLEN', waiting) + redis.call('LLEN', front)
local isCut = redis.call('ZCARD', turns) + redis.call('ZCARD', pending) > most
for _, standing in ipairs(isCut and {} or { turns, pending }) do
  for _, key in ipairs(redis.call('ZRANGE', standing, 0, -1)) do
    expect('LLEN', lines .. key)
    listed = listed + redis.call('LLEN', lines .. key)
  end
end
local others = redis.call('LLEN', active) + redis.call('ZCARD', delayed) + redis.call('HLEN', groupOf)
local ended = redis.call('SCARD', succeeded) + redis.call('SCARD', failed)
return { redis.call('HLEN', jobs) - listed - others - ended, listed, isCut and '1' or '0' }
