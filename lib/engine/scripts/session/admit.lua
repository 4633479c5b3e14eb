--[[
Tells whether an incarnation may take jobs here, and takes the id that a blocking move has brought it out of active.

ARGV  incarnation: that of the worker
      joins: whether it is new
      moved: the id, else ''
Returns why not ('burnt', 'paused' or nil), now, whether the id is ours to take, the limits of the queue or false.

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
