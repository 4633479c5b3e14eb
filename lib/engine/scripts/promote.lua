--[[
Moves jobs that are due: delayed -> waiting, in the order of their times.

KEYS  1 delayed  2 waiting
ARGV  1 how many at most
Returns {how many moved, time of the next delayed job or -1, now}.

Relies on: scores are epoch ms of Redis's clock, or of a stock producer's.
]]
local delayed, waiting, most = KEYS[1], KEYS[2], tonumber(ARGV[1])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, most)
if #due > 0 then
  redis.call('LPUSH', waiting, unpack(due))
  redis.call('ZREM', delayed, unpack(due))
end
local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
return { #due, tonumber(head or -1), now }
