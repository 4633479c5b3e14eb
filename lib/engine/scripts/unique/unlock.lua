--[[
Lets go of the unique keys of jobs that have ended. Where another job is parked behind one, that job becomes the holder
of the key and may start.

ARGV  why: 'ended'; 'removed' before its end, which lets go of a throttle too; 'suspected': only what is found to be
        gone or to have ended
      holders: per job two: id, unique key
Returns how many were let go or handed on.

Relies on: a lock says whose it is, so that of another job is never touched; which keys there are is known here alone,
so the names of locks are made here. What is parked is in delayed.
]]
local now = clock()

local function offer(id, startAt)
  if not redis.call('ZSCORE', delayed, id) then return end
  if startAt <= now then
    redis.call('ZREM', delayed, id)
    redis.call('LPUSH', waiting, id)
  else
    delay(delayed, earlierDelayed, { startAt, id })
  end
end

local function handOn(key, lock)
  local nextJob = lock.next
  local startAt = math.max(now, tonumber(nextJob.startAt))
  local endsAt = lockEnd(startAt, nextJob.ttl)
  writeLock(key, { holder = nextJob.id, release = nextJob.release, endsAt = endsAt, last = lock.last })
  offer(nextJob.id, startAt)
end

for i = FIRST + 1, #holders, 2 do expect('STRLEN', lockStart .. holders[i]) end

local count = 0
for i = FIRST, #holders, 2 do
  local id, key = holders[i], holders[i + 1]
  if why ~= 'suspected' or isOver(id) then
    redis.call('HDEL', uniques, id)
    local lock = lockOf(key)
    if lock and lock.holder == id then
      count = count + 1
      if lock.next then
        handOn(key, lock)
      elseif lock.release == 'end' or why == 'removed' then
        redis.call('DEL', lockStart .. key)
      end
    elseif lock and lock.next and lock.next.id == id then
      lock.next = nil
      writeLock(key, lock)
    end
  end
end
return count
