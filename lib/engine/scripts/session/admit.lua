--[[
Tells whether an incarnation may take jobs here.

ARGV  incarnation: that of the worker
      joins: whether it is new
Returns four values: why it may not ('burnt', 'paused', 'revoked', or nil when it may); now; the limits of the queue as
they are stored, or false; and, where it is 'revoked', a JSON list of ids: jobs that it held when they were removed, of
which it has not heard.

Relies on: an incarnation that lost its lease is gone from workers and never comes back (recover removes it with
all its claims). A claim names a job by its id alone: who runs a job that was removed must hear of it before it
may claim another of that id.
]]
local now = clock()

local function revokedHere()
  local start, ids = incarnation .. ':', {}
  for _, one in ipairs(redis.call('SMEMBERS', revoked)) do
    if one:sub(1, #start) == start then ids[#ids + 1] = one:sub(#start + 1) end
  end
  return ids
end

local settings = redis.call('HMGET', meta, 'paused', 'limits')
if not joins and not redis.call('ZSCORE', workers, incarnation) then return 'burnt', now, settings[2] end
if settings[1] then return 'paused', now, settings[2] end
local told = isNoted() and revokedHere() or {}
if #told > 0 then return 'revoked', now, settings[2], cjson.encode(told) end
return nil, now, settings[2]
