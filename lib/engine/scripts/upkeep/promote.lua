--[[
Moves jobs that are due: delayed -> waiting, in the order of their times. One that is parked behind the holder of its
unique key stays as long as that holder has not ended.

ARGV  most: how many at most
      lookMs: how long until a parked job is looked at again, in ms
Returns {how many moved, time of the next delayed job or -1, now}.

Relies on: scores are epoch ms of Redis's clock, or of a stock producer's. Uniques exists only while there are unique
jobs. Mostly nothing is due: it checks itself the types of the keys that it will touch.
]]
local now = clock()
local first = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
if not first or tonumber(first) > now then return { 0, tonumber(first or -1), now } end
expect('LLEN', waiting)
expect('HLEN', uniques)
expect('ZCARD', lockStart)
expect('HLEN', jobs)
expect('SCARD', succeeded)
expect('SCARD', failed)
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, most)
local freed = 0

-- The usual end of a holder frees who is parked at once; this is for one that a stock client ended or removed.
local function holderOf(id, key)
  local lock = key and lockOf(key)
  return lock and lock.next and lock.next.id == id and lock.holder
end
local function withoutParked(ids, keys)
  local ready = {}
  for i = 1, #ids do
    local holder = holderOf(ids[i], keys[i])
    if not holder then
      ready[#ready + 1] = ids[i]
    else
      local wasFreed = unlock('suspected', { holder, keys[i] })
      freed = freed + wasFreed
      if wasFreed == 0 then redis.call('ZADD', delayed, now + lookMs, ids[i]) end
    end
  end
  return ready
end

local keys = redis.call('EXISTS', uniques) == 1 and redis.call('HMGET', uniques, unpack(due))
for i = 1, keys and #due or 0 do expect('STRLEN', keys[i] and lockStart .. keys[i]) end
drain('ZREM', delayed)
if keys then due = withoutParked(due, keys) end
if #due > 0 then
  redis.call('LPUSH', waiting, unpack(due))
  redis.call('ZREM', delayed, unpack(due))
end
local earliest = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
return { #due + freed, tonumber(earliest or -1), now }
