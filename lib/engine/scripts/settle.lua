--[[
Ends attempts: each job whose claim the incarnation still holds leaves active for where its outcome sends it.
A job whose claim is gone is left as it is: another worker has it, or somebody removed it.

KEYS  1 active  2 jobs  3 claims of the incarnation  4 waiting  5 delayed  6 succeeded  7 succeededOrder
      8 failed  9 failedOrder  10 losses  11 stalling  12 stats  13 events (channel)  14 earlierDelayed (channel)
      15 cancelled  16 uniques  17 what the name of every lock starts with; where the queue may have limits also
      18 front  19 meta
ARGV  1 how many succeeded jobs are kept (0: none, -1: all)  2 the same for failed
      3 'always': publish every event; 'heard': stop at the first that nobody heard; 'never'  4 how many jobs
      then per job four: id, kind, record, extra
      kind S succeeded, extra = result as JSON or ''; F failed, extra = error message as JSON;
           R retry and W wait without an attempt spent: extra = ms from now, for R then a space and the error message
           as JSON; I interrupted, back to the head of waiting, extra = ''
      then, for each of them that ends for good and was added under a unique key, two: id, unique key
Returns the ids that were not held.

Relies on: a record names worker, start and duration of its last attempt, so no two attempts write the same; active is
filled at its left end, so what was taken first ends mostly at its right. It checks itself the types of the keys that
these ends will touch. Calls unlock.lua.
]]
local active, jobs, claims, waiting, delayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local succeeded, succeededOrder, failed, failedOrder = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local losses, stalling, stats, events, earlierDelayed = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local cancelled = KEYS[15]
local keepSucceeded, keepFailed, publishing = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local last = 4 + 4 * ARGV[4]

local time = clock()
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local named, has = {}, {}
for i = 5, last, 4 do
  named[#named + 1] = ARGV[i]
  has[ARGV[i + 1]] = true
end

redis.call('LLEN', active)
redis.call('HLEN', jobs)
redis.call('SCARD', claims)
if has.S or has.F then redis.call('HLEN', stats) end
if has.S and keepSucceeded ~= 0 then
  redis.call('SCARD', succeeded)
  redis.call('LLEN', succeededOrder)
end
if has.F and keepFailed ~= 0 then
  redis.call('SCARD', failed)
  redis.call('ZCARD', failedOrder)
end
local head = waiting
if has.I or has.R or has.W then
  redis.call('LLEN', waiting)
  redis.call('ZCARD', delayed)
  if KEYS[18] then redis.call('LLEN', KEYS[18]) end
  if KEYS[19] then redis.call('HLEN', KEYS[19]) end
  head = KEYS[18] and redis.call('HEXISTS', KEYS[19], 'limits') == 1 and KEYS[18] or waiting
end
-- They exist only while jobs are cancelled, after a worker died, or after a stock worker looked for stalled jobs.
local isNoted = redis.call('EXISTS', cancelled, losses, stalling) > 0
if isNoted then
  redis.call('SCARD', cancelled)
  redis.call('HLEN', losses)
  redis.call('SCARD', stalling)
end
if #ARGV > last then
  redis.call('HLEN', KEYS[16])
  redis.call('ZCARD', KEYS[17])
  redis.call('LLEN', waiting)
  redis.call('ZCARD', delayed)
  redis.call('SCARD', succeeded)
  redis.call('SCARD', failed)
  for i = last + 2, #ARGV, 2 do expect('STRLEN', KEYS[17] .. ARGV[i]) end
end

local isHeld = #named > 1 and redis.call('SMISMEMBER', claims, unpack(named)) or { redis.call('SREM', claims, named[1]) }
local ids, at, lost = {}, {}, {}
for i = 1, #named do
  if isHeld[i] == 1 then
    ids[#ids + 1] = named[i]
    at[#ids] = i * 4 + 1
  else
    -- A settle that is sent again because its reply was lost finds its own record: it took effect the first time.
    local record = ARGV[i * 4 + 3]
    if record == '' or redis.call('HGET', jobs, named[i]) ~= record then lost[#lost + 1] = named[i] end
  end
end
if #ids == 0 then return lost end
if #named > 1 then redis.call('SREM', claims, unpack(ids)) end

-- Usually the ended jobs are just the right end of active: one trim instead of a search for each.
local ending, rest = {}, #ids
for i = 1, #ids do ending[ids[i]] = true end
local tail = #ids > 1 and redis.call('LRANGE', active, -#ids, -1) or {}
for i = 1, #tail do
  if ending[tail[i]] then
    ending[tail[i]] = nil
    rest = rest - 1
  end
end
if rest == 0 then
  redis.call('LTRIM', active, 0, -#ids - 1)
else
  -- A claimed job that is not in active was taken for stalled by a stock worker: it is in other hands.
  local there, thereAt = {}, {}
  for i = 1, #ids do
    if redis.call('LREM', active, -1, ids[i]) == 1 then
      there[#there + 1] = ids[i]
      thereAt[#there] = at[i]
    else
      lost[#lost + 1] = ids[i]
    end
  end
  ids, at = there, thereAt
  if #ids == 0 then return lost end
end

local function publish(id, event, data)
  if publishing == 'never' then return end
  local message = '{"id":' .. cjson.encode(id) .. ',"event":"' .. event .. '"'
  if data ~= '' then message = message .. ',"data":' .. data end
  if redis.pcall('PUBLISH', events, message .. '}') == 0 and publishing == 'heard' then publishing = 'never' end
end

-- One that was cancelled and is not at its end goes back at once: whoever takes it ends it, and its note stays till then.
local isCancelled = isNoted and redis.call('SMISMEMBER', cancelled, unpack(ids)) or {}

local written, gone, done, dead, soon, front, later = {}, {}, {}, {}, {}, {}, {}
for i = 1, #ids do
  local id, kind, record, extra = ids[i], ARGV[at[i] + 1], ARGV[at[i] + 2], ARGV[at[i] + 3]
  local keeps = true
  if kind == 'S' then
    keeps = keepSucceeded ~= 0
    done[#done + 1] = id
    publish(id, 'succeeded', extra)
  elseif kind == 'F' then
    keeps = keepFailed ~= 0
    dead[#dead + 1] = id
    publish(id, 'failed', extra)
  elseif kind == 'I' then
    front[#front + 1] = id
  else
    local delay, message = extra:match('^(%d+) ?(.*)$')
    if delay == '0' or isCancelled[i] == 1 then
      soon[#soon + 1] = id
    else
      later[#later + 1] = now + tonumber(delay)
      later[#later + 1] = id
    end
    if kind == 'R' then publish(id, 'retrying', message) end
  end
  if not keeps then
    gone[#gone + 1] = id
  elseif record ~= '' then
    written[#written + 1] = id
    written[#written + 1] = record
  end
end

if #written > 0 then redis.call('HSET', jobs, unpack(written)) end
if #gone > 0 then redis.call('HDEL', jobs, unpack(gone)) end
if #soon > 0 then redis.call('LPUSH', waiting, unpack(soon)) end
-- The last one pushed is served first, so the one taken first comes last.
for i = #front, 1, -1 do redis.call('RPUSH', head, front[i]) end
if #later > 0 then
  local before = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', delayed, unpack(later))
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  if head ~= before then redis.pcall('PUBLISH', earlierDelayed, head) end
end

local day = math.floor(now / 86400000)
if #done > 0 then
  add(stats, 'succeeded:' .. day, #done)
  if keepSucceeded ~= 0 then
    redis.call('SADD', succeeded, unpack(done))
    local kept = redis.call('LPUSH', succeededOrder, unpack(done))
    if keepSucceeded > 0 and kept > keepSucceeded then
      local old = redis.call('RPOP', succeededOrder, math.min(kept - keepSucceeded, #done + 1000))
      -- A stock client may have removed one, and stored another job under its id.
      local isThere, forgotten = redis.call('SMISMEMBER', succeeded, unpack(old)), {}
      for i = 1, #old do
        if isThere[i] == 1 then forgotten[#forgotten + 1] = old[i] end
      end
      if #forgotten > 0 then
        redis.call('SREM', succeeded, unpack(forgotten))
        redis.call('HDEL', jobs, unpack(forgotten))
      end
    end
  end
end
if #dead > 0 then
  add(stats, 'failed:' .. day, #dead)
  if keepFailed ~= 0 then
    for i = 1, #dead do
      redis.call('SADD', failed, dead[i])
      redis.call('ZADD', failedOrder, now, dead[i])
    end
    local over = keepFailed > 0 and redis.call('ZCARD', failedOrder) - keepFailed or 0
    if over > 0 then
      local old = redis.call('ZPOPMIN', failedOrder, math.min(over, 1000))
      for i = 1, #old, 2 do
        if redis.call('SREM', failed, old[i]) == 1 then redis.call('HDEL', jobs, old[i]) end
      end
    end
  end
end

if isNoted then
  for _, ended in ipairs({ done, dead }) do
    if #ended > 0 then
      redis.call('SREM', cancelled, unpack(ended))
      redis.call('HDEL', losses, unpack(ended))
    end
  end
  redis.call('SREM', stalling, unpack(ids))
end

if #ARGV > last then
  local isEnded, ended = {}, { 'ended' }
  for i = 1, #ids do isEnded[ids[i]] = true end
  for i = last + 1, #ARGV, 2 do
    if isEnded[ARGV[i]] then
      ended[#ended + 1] = ARGV[i]
      ended[#ended + 1] = ARGV[i + 1]
    end
  end
  local uniques, locks = KEYS[16], KEYS[17]
  unlock({ uniques, delayed, waiting, earlierDelayed, jobs, succeeded, failed, locks }, ended)
end
return lost
