--[[
Reads the limits of a queue.

Returns four values: them, or nil where there are none; whether there is a note of them, which stays for a while when
they are lifted; when a job of another priority than the default came last, epoch ms, nil when none has; and until when
something of the queue is held back, likewise.

Relies on: the note is small JSON of our own, without anything of a job's data. What in it is no limit is left out; a
note that is no JSON ends the script, before anything was written: limits keep others from harm, so nothing runs
without.
]]
local noted = redis.call('HMGET', meta, 'limits', 'priorities', 'holds')
local text, prioritisedAt, heldUntil = noted[1], tonumber(noted[2] or nil), tonumber(noted[3] or nil)
if not text then return nil, false, prioritisedAt, heldUntil end
local isRead, note = pcall(cjson.decode, text)
if not isRead or type(note) ~= 'table' then
  error({ err = 'ERR the field limits of ' .. meta .. ' cannot be read; nothing was changed.' })
end

local function isCount(value)
  return type(value) == 'number' and value > 0
end
local function limitOf(value)
  if type(value) ~= 'table' then return nil end
  local rate = type(value.rate) == 'table' and isCount(value.rate.count) and isCount(value.rate.perMs) and value.rate or nil
  if rate and not isCount(rate.burst) then rate.burst = nil end
  return { concurrency = isCount(value.concurrency) and value.concurrency or nil, rate = rate }
end

local limits = limitOf(note.limits)
if limits then
  -- A shard may have no part of what the whole may run, see lib/shards/limit-parts.ts.
  if note.limits.concurrency == 0 then limits.concurrency = 0 end
  if limits.rate then limits.rate.most = isCount(note.most) and note.most or nil end
  limits.perKey = limitOf(note.limits.perKey)
  limits.fair = note.limits.fair == true
  limits.agingMs = isCount(note.limits.agingMs) and note.limits.agingMs or nil
end
return limits, true, prioritisedAt, heldUntil
