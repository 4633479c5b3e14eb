--[[
Takes jobs out of a running carrier: each becomes failed by itself, and the carrier goes on with the others.

ARGV  carrier: id of the carrier
      rest: its record without them
      isKept: whether failed jobs are kept
      members: per job three: id, record, error message as JSON
Returns 1, or 0 when the claim or the carrier is gone and nothing was changed.

Relies on: only the holder of a claim rewrites the record of an active job. How many failed jobs are kept is seen to
when the next attempt fails.
]]
if redis.call('SISMEMBER', claims, carrier) == 0 then return 0 end
local stored = redis.call('HGET', jobs, carrier)
if not stored then return 0 end
-- A call that is sent again because its reply was lost: it took effect the first time.
if stored == rest then return 1 end
drain('SREM', claims)
redis.call('HSET', jobs, carrier, rest)

local ends = {}
for i = FIRST, #members, 3 do
  local id, record = members[i], members[i + 1]
  -- Another job may go by its id since it went into the carrier.
  local place = redis.call('HEXISTS', jobs, id) == 0 and id or carrier .. '.' .. id
  ends[#ends + 1] = { id = id, place = isKept and place, record = record, message = members[i + 2] }
end
fail('failed', ends)
return 1
