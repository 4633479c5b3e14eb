--[[
Lets go of the unique keys of jobs that have ended. Where another job is parked behind one, that job becomes the holder
of the key and may start.

KEYS  1 uniques  2 delayed  3 waiting  4 earlierDelayed (channel)  5 jobs  6 succeeded  7 failed
      8 what the name of every lock starts with
ARGV  1 'ended'; 'removed' before its end, which lets go of a throttle too; 'suspected': only what is found to be gone
      or to have ended  2.. per job two: id, unique key
Returns how many were let go or handed on.

Relies on: a lock says whose it is, so that of another job is never touched; which keys there are is known here alone,
so the names of locks are made here. What is parked is in delayed. Calls name-throttle.lua and lock-of.lua. Other scripts
call this one as `unlock`.
]]
local uniques, delayed, waiting, earlierDelayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local jobs, succeeded, failed, locks = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local why = ARGV[1]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function isOver(id)
  return redis.call('HEXISTS', jobs, id) == 0
    or redis.call('SISMEMBER', succeeded, id) == 1
    or redis.call('SISMEMBER', failed, id) == 1
end

local function write(name, lock)
  if lock.endsAt == '' then
    redis.call('SET', name, cjson.encode(lock))
  elseif tonumber(lock.endsAt) > now then
    redis.call('SET', name, cjson.encode(lock), 'PXAT', lock.endsAt)
  else
    redis.call('DEL', name)
  end
end

local function offer(id, startAt)
  if not redis.call('ZSCORE', delayed, id) then return end
  if startAt <= now then
    redis.call('ZREM', delayed, id)
    redis.call('LPUSH', waiting, id)
    return
  end
  local before = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', delayed, startAt, id)
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  if head ~= before then redis.pcall('PUBLISH', earlierDelayed, head) end
end

local function handOn(name, lock)
  local nextJob = lock.next
  local startAt = math.max(now, tonumber(nextJob.startAt))
  local endsAt = nextJob.ttl == '' and '' or string.format('%.0f', startAt + tonumber(nextJob.ttl))
  write(name, { holder = nextJob.id, release = nextJob.release, endsAt = endsAt, last = lock.last })
  if nextJob.release == 'ttl' then nameThrottle({ locks }, { name:sub(#locks + 1), endsAt, now }) end
  offer(nextJob.id, startAt)
end

for i = 3, #ARGV, 2 do expect('STRLEN', locks .. ARGV[i]) end

local count = 0
for i = 2, #ARGV, 2 do
  local id, name = ARGV[i], locks .. ARGV[i + 1]
  if why ~= 'suspected' or isOver(id) then
    redis.call('HDEL', uniques, id)
    local lock = lockOf({}, { redis.call('GET', name) or nil })
    if lock and lock.holder == id then
      count = count + 1
      if lock.next then
        handOn(name, lock)
      elseif lock.release == 'end' or why == 'removed' then
        redis.call('DEL', name)
      end
    elseif lock and lock.next and lock.next.id == id then
      lock.next = nil
      write(name, lock)
    end
  end
end
return count
