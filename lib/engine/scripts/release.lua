--[[
Gives jobs back untouched to the head of waiting: what was moved or claimed and will not be run.

KEYS  1 active  2 waiting  3 claims of the incarnation
ARGV  ids
Returns how many went back.

Relies on: an id is in active at most once; one that is no longer there belongs to somebody else.
]]
local active, waiting, claims = KEYS[1], KEYS[2], KEYS[3]

local returned = 0
for i = 1, #ARGV do
  redis.call('SREM', claims, ARGV[i])
  if redis.call('LREM', active, 1, ARGV[i]) == 1 then
    redis.call('RPUSH', waiting, ARGV[i])
    returned = returned + 1
  end
end
return returned
