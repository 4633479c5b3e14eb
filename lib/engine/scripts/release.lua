--[[
Gives jobs back untouched to the head of waiting: what was claimed and will not be run.

KEYS  1 active  2 waiting  3 claims of the incarnation
ARGV  ids, in the order in which they were taken
Returns how many went back.

Relies on: an id is in active at most once; one whose claim is gone belongs to somebody else.
]]
local active, waiting, claims = KEYS[1], KEYS[2], KEYS[3]

local returned = 0
-- The last one pushed is served first, so the one taken first comes last.
for i = #ARGV, 1, -1 do
  if redis.call('SREM', claims, ARGV[i]) == 1 and redis.call('LREM', active, 1, ARGV[i]) == 1 then
    redis.call('RPUSH', waiting, ARGV[i])
    returned = returned + 1
  end
end
return returned
