--[[
Tells whether an incarnation may take jobs here. Takes an id that a blocking move has put into active for it out of there
again, unless somebody claims it by now.

ARGV  incarnation: that of the worker
      joins: whether it is new
      moved: the id, else ''
Returns four values: why it may not ('burnt', 'paused', or nil when it may); now; whether the moved id was taken out, so
that the caller has to claim it or put it back; the limits of the queue as they are stored, or false.

Relies on: an incarnation that lost its lease is gone from workers and never comes back (recover removes it with
all its claims). The claims of each incarnation have the same name but for their end: who else is on the list is known
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
return refusal, now, holdsMoved, settings[2]
