--[[
Gives jobs back untouched to the head of waiting: what was claimed and will not be run.

KEYS  1 active  2 waiting  3 claims of the incarnation; where the queue may have limits also  4 front  5 meta
ARGV  ids, in the order in which they were taken
Returns how many went back.

Relies on: an id is in active at most once; one whose claim is gone belongs to somebody else.
]]
local active, claims = KEYS[1], KEYS[3]
local head = KEYS[4] and redis.call('HEXISTS', KEYS[5], 'limits') == 1 and KEYS[4] or KEYS[2]

local returned = 0
-- The last one pushed is served first, so the one taken first comes last.
for i = #ARGV, 1, -1 do
  if redis.call('SREM', claims, ARGV[i]) == 1 and redis.call('LREM', active, 1, ARGV[i]) == 1 then
    redis.call('RPUSH', head, ARGV[i])
    returned = returned + 1
  end
end
return returned
