--[[
Takes an incarnation off the list of workers, when it holds nothing any more.

ARGV  incarnation: that of the worker
Returns 1 when it left, 0 when it still holds claims: then its lease must lapse, so that they are recovered.

Relies on: an empty set does not exist.
]]
if redis.call('EXISTS', claims) == 1 then return 0 end
forgetRevoked(incarnation)
return redis.call('ZREM', workers, incarnation)
