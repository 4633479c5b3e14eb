--[[
Ends attempts: each job whose claim the incarnation still holds leaves active for where its outcome sends it.
A job whose claim is gone is left as it is: another worker has it, or somebody removed it.

ARGV  keepSucceeded: how many succeeded jobs are kept (0: none, -1: all)
      keepFailed: the same for failed
      publishing: 'always': publish every event; 'heard': stop at the first that nobody heard; 'never'
      attemptCount: how many jobs
      plainCount: how many of them, the first, succeeded and returned nothing
      lockCount: how many of them end for good and were added under a unique key
      nameCount: how many of their claims have names
      parts: per plain job two: id, record; then per other job four: id, kind, record, extra. By kind, the job and what
        is in extra:
        S succeeded: the result as JSON, or ''
        F failed for good: the error message as JSON
        C was cancelled, which is failed too: likewise
        R is retried: in how many ms, a space, the error message as JSON
        W waits without an attempt spent: in how many ms
        I was interrupted and goes back to the head of waiting: ''
        Behind S, F and C stands for how many ms the job stays at most, where it says so itself; 0: it is not kept
        Behind all these, for each job that had a unique key, two: id, unique key; and for each claim that has a name,
        two: id, name
Returns the ids that were not held: their ends changed nothing.

Relies on: a claim with a name is held by the attempt alone that names it, and one without by one that names none: so a
settle that is sent again does not end what a wait has claimed since on another connection. A record names worker,
start and duration of its last attempt, so no two attempts write the same; active is filled at its left end, so what
was taken first ends mostly at its right. It checks itself the types of the keys that these ends will touch.
]]
local now = clock()
local afterPlain = FIRST + 2 * plainCount
local last = afterPlain + 4 * (attemptCount - plainCount) - 1
local lastLock = last + 2 * lockCount
local lastName = lastLock + 2 * nameCount

local named, has, haveStays = {}, { S = plainCount > 0 }, false
for i = FIRST, afterPlain - 1, 2 do named[#named + 1] = parts[i] end
for i = afterPlain, last, 4 do
  named[#named + 1] = parts[i]
  local kind = parts[i + 1]
  if #kind > 1 then
    kind, haveStays = kind:sub(1, 1), true
  end
  has[kind] = true
end

-- All that these ends will touch is looked at before anything is written; what is read needs no check beside.
redis.call('HLEN', jobs)
local hasDead = has.F or has.C
if has.S or hasDead then redis.call('HLEN', stats) end
if has.S and keepSucceeded ~= 0 then
  redis.call('SCARD', succeeded)
  redis.call('LLEN', succeededOrder)
end
if hasDead and keepFailed ~= 0 then
  redis.call('SCARD', failed)
  redis.call('ZCARD', failedOrder)
end
if haveStays then redis.call('ZCARD', keptUntil) end
if has.R or has.W then
  redis.call('LLEN', waiting)
  redis.call('ZCARD', delayed)
end
local back = has.I and head()
if back then redis.call('LLEN', back) end
local hasNotes = isNoted()
if hasNotes then redis.call('SCARD', stalling) end
if lockCount > 0 then
  redis.call('HLEN', uniques)
  redis.call('ZCARD', lockStart)
  redis.call('LLEN', waiting)
  redis.call('ZCARD', delayed)
  redis.call('SCARD', succeeded)
  redis.call('SCARD', failed)
  for i = last + 2, lastLock, 2 do expect('STRLEN', lockStart .. parts[i]) end
end
local tail = redis.call('LRANGE', active, -#named, -1)

local sought = named
if hasNotes or nameCount > 0 then
  local names, stored = {}, redis.call('HMGET', claimNames, unpack(named))
  for i = lastLock + 1, lastName, 2 do names[parts[i]] = parts[i + 1] end
  sought = {}
  -- No id is empty.
  for i = 1, #named do sought[i] = names[named[i]] == (stored[i] or nil) and named[i] or '' end
end
local isHeld = strike(claims, sought)
local ids, at, lost = {}, {}, {}
for i = 1, #named do
  local from = i <= plainCount and FIRST + 2 * (i - 1) or afterPlain + 4 * (i - plainCount - 1)
  if isHeld[i] == 1 then
    ids[#ids + 1] = named[i]
    at[#ids] = from
  else
    -- A settle that is sent again because its reply was lost finds its own record: it took effect the first time.
    local record = parts[i <= plainCount and from + 1 or from + 2]
    if record == '' or redis.call('HGET', jobs, named[i]) ~= record then lost[#lost + 1] = named[i] end
  end
end
if #ids == 0 then return lost end
if nameCount > 0 then redis.call('HDEL', claimNames, unpack(ids)) end

-- Usually the ended jobs are just the right end of active: one trim instead of a search for each.
local ending, rest = {}, #ids
for i = 1, #ids do ending[ids[i]] = true end
for i = math.max(1, #tail - #ids + 1), #tail do
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

-- Per job three, as tell.lua takes them; false where nobody listens.
local told = isHeard and {}
local function publish(id, event, data)
  if publishing == 'never' then return end
  if redis.pcall('PUBLISH', events, eventOf(id, event, data)) == 0 and publishing == 'heard' then publishing = 'never' end
end

-- One that was cancelled and is not at its end goes back at once: whoever takes it ends it, and its note stays till
-- then.
local isCancelled = hasNotes and redis.call('SMISMEMBER', cancelled, unpack(ids)) or {}

local written, gone, done, dead, soon, untouched, later = {}, {}, {}, {}, {}, {}, {}
-- Of those that have ended the ones that are kept, and until when, where they say so.
local doneKept, deadKept, stays = {}, {}, {}
for i = 1, #ids do
  local id, from = ids[i], at[i]
  local kind, record, extra, staysMs = 'S', parts[from + 1], '', nil
  if from >= afterPlain then kind, record, extra = parts[from + 1], parts[from + 2], parts[from + 3] end
  if #kind > 1 then
    kind, staysMs = kind:sub(1, 1), tonumber(kind:sub(2))
  end
  local keeps = true
  if kind == 'S' then
    keeps = keepSucceeded ~= 0 and staysMs ~= 0
    done[#done + 1] = id
    if keeps then doneKept[#doneKept + 1] = id end
    if told then told[#told + 1], told[#told + 2], told[#told + 3] = 'succeeded', id, extra end
    publish(id, 'succeeded', extra)
  elseif kind == 'F' or kind == 'C' then
    keeps = keepFailed ~= 0 and staysMs ~= 0
    dead[#dead + 1] = id
    if keeps then deadKept[#deadKept + 1] = id end
    local event = kind == 'F' and 'failed' or 'cancelled'
    if told then told[#told + 1], told[#told + 2], told[#told + 3] = event, id, extra end
    publish(id, 'failed', extra)
  elseif kind == 'I' then
    untouched[#untouched + 1] = id
  else
    local inMs, message = extra:match('^(%d+) ?(.*)$')
    if inMs == '0' or isCancelled[i] == 1 then
      soon[#soon + 1] = id
    else
      later[#later + 1] = now + tonumber(inMs)
      later[#later + 1] = id
    end
    if told then told[#told + 1], told[#told + 2], told[#told + 3] = 'retrying', id, extra end
    if kind == 'R' then publish(id, 'retrying', message) end
  end
  if keeps and staysMs then
    stays[#stays + 1] = now + staysMs
    stays[#stays + 1] = id
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
for i = #untouched, 1, -1 do redis.call('RPUSH', back, untouched[i]) end
if #later > 0 then delay(delayed, earlierDelayed, later) end

if #stays > 0 then redis.call('ZADD', keptUntil, unpack(stays)) end
local function forget(old)
  if #old == 0 then return end
  redis.call('HDEL', jobs, unpack(old))
  if haveStays then redis.call('ZREM', keptUntil, unpack(old)) end
end

if #done > 0 then countEnded('succeeded', #done) end
if #doneKept > 0 then
  redis.call('SADD', succeeded, unpack(doneKept))
  local kept = redis.call('LPUSH', succeededOrder, unpack(doneKept))
  if keepSucceeded > 0 and kept > keepSucceeded then
    local old = redis.call('RPOP', succeededOrder, math.min(kept - keepSucceeded, #doneKept + 1000))
    -- A stock client may have removed one, and stored another job under its id.
    local isThere, forgotten = strike(succeeded, old), {}
    for i = 1, #old do
      if isThere[i] == 1 then forgotten[#forgotten + 1] = old[i] end
    end
    forget(forgotten)
  end
end
if #dead > 0 then countEnded('failed', #dead) end
if #deadKept > 0 then
  for i = 1, #deadKept do
    redis.call('SADD', failed, deadKept[i])
    redis.call('ZADD', failedOrder, now, deadKept[i])
  end
  local over = keepFailed > 0 and redis.call('ZCARD', failedOrder) - keepFailed or 0
  if over > 0 then
    local old, forgotten = redis.call('ZPOPMIN', failedOrder, math.min(over, 1000)), {}
    for i = 1, #old, 2 do
      if redis.call('SREM', failed, old[i]) == 1 then forgotten[#forgotten + 1] = old[i] end
    end
    forget(forgotten)
  end
end

if hasNotes then
  for _, ended in ipairs({ done, dead }) do
    if #ended > 0 then
      redis.call('SREM', cancelled, unpack(ended))
      redis.call('HDEL', losses, unpack(ended))
    end
  end
  redis.call('SREM', stalling, unpack(ids))
end

if lockCount > 0 then
  local isEnded, holders = {}, {}
  for i = 1, #ids do isEnded[ids[i]] = true end
  for i = last + 1, lastLock, 2 do
    if isEnded[parts[i]] then
      holders[#holders + 1] = parts[i]
      holders[#holders + 1] = parts[i + 1]
    end
  end
  unlock('ended', holders)
end
if told then
  tell(eventLog, told)
  -- What is behind them are jobs that follow, which settle-linked.lua stores yet.
  if lastName == #parts then tellIdle(eventLog) end
end
return lost
