--[[
Tells whether an incarnation may take jobs here. Takes an id that a blocking move has put into active for it out of there
again, unless somebody claims it by now.

ARGV  incarnation: that of the worker
      joins: whether it is new
      moved: the id, else ''
Returns five values: why it may not ('burnt', 'paused', 'revoked', or nil when it may); now; whether the moved id was taken
out, so that the caller has to claim it or put it back; the limits of the queue as they are stored, or false; and, where it
is 'revoked', a JSON list of ids: jobs that it held when they were removed, of which it has not heard.

Relies on: an incarnation that lost its lease is gone from workers and never comes back (recover removes it with
all its claims). A claim names a job by its id alone: who runs a job that was removed must hear of it before it
may claim another of that id. The claims of each incarnation have the same name but for their end: who else is on the list is known
here alone, so their keys are made here.
]]
local now = clock()

local settings = redis.call('HMGET', meta, 'paused', 'limits')
local refusal = nil
if not joins and not redis.call('ZSCORE', workers, incarnation) then
  refusal = 'burnt'
elseif settings[1] then
  refusal = 'paused'
end
local function revokedHere()
  local start, ids = incarnation .. ':', {}
  for _, one in ipairs(redis.call('SMEMBERS', revoked)) do
    if one:sub(1, #start) == start then ids[#ids + 1] = one:sub(#start + 1) end
  end
  return ids
end
local told = isNoted() and not refusal and revokedHere() or {}
if #told > 0 then refusal = 'revoked' end
-- A worker that was stopped comes late with its moved id: it may have been removed, or returned as an orphan and taken
-- by another, who is running it.
local function isClaimed(id)
  local start = claims:sub(1, -#incarnation - 1)
  for _, other in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
    expect('SCARD', start .. other)
    if redis.call('SISMEMBER', start .. other, id) == 1 then return true end
  end
  return false
end
local holdsMoved = moved ~= '' and not isClaimed(moved) and redis.call('LREM', active, 1, moved) == 1
return refusal, now, holdsMoved, settings[2], refusal == 'revoked' and cjson.encode(told) or nil
