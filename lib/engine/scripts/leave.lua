--[[
Takes an incarnation off the list of workers, when it holds nothing any more.

KEYS  1 workers  2 claims of the incarnation
ARGV  1 incarnation
Returns 1 when it left, 0 when it still holds claims: then its lease must lapse, so that they are recovered.

Relies on: an empty set does not exist.
]]
local workers, claims = KEYS[1], KEYS[2]
if redis.call('EXISTS', claims) == 1 then return 0 end
return redis.call('ZREM', workers, ARGV[1])
