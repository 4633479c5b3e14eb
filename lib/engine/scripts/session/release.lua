--[[
Gives jobs back untouched to the head of waiting: what was claimed and will not be run.

ARGV  ids: ids, in the order in which they were taken
Returns how many went back.

Relies on: an id is in active at most once; one whose claim is gone belongs to somebody else.
]]
local to, returned = head(), 0
-- The last one pushed is served first, so the one taken first comes last.
for i = #ids, FIRST, -1 do
  if redis.call('SREM', claims, ids[i]) == 1 then
    redis.call('HDEL', claimNames, ids[i])
    if redis.call('LREM', active, 1, ids[i]) == 1 then
      redis.call('RPUSH', to, ids[i])
      returned = returned + 1
    end
  end
end
return returned
