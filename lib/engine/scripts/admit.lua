--[[
Tells whether an incarnation may take jobs here, and takes the id that a blocking move has brought it out of active.

KEYS  1 active  2 claims of the incarnation  3 workers  4 meta
ARGV  1 incarnation  2 '1' when it is new, else '0'  3 the id, else ''
Returns why not ('burnt', 'paused' or nil), now, whether the id is ours to take, the limits of the queue or false.

Relies on: an incarnation that lost its lease is gone from workers and never comes back (recover removes it with
all its claims). The claims of each incarnation have the same name but for their end: who else is on the list is known
here alone, so their keys are made here. take.lua and take-limited.lua call this one as `admit`.
]]
local active, claims, workers, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local incarnation, joins, moved = ARGV[1], ARGV[2] == '1', ARGV[3]

local time = clock()
local now = time[1] * 1000 + math.floor(time[2] / 1000)

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
