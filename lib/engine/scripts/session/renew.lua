--[[
The beat of a worker: makes or keeps its lease and tells it where its own picture of what it holds is wrong.

ARGV  incarnation: that of the worker
      leaseMs: lease in ms
      joins: whether the incarnation is new
      ids: the ids the worker is running
Returns {'burnt', now} when the lease was taken away, else
        {'ok', now, {running but no longer claimed}, {claimed but not running}}.

Relies on: bee-queue's stall protocol, in which taking an id out of stalling says that it is being worked on.
]]
local now = clock()
drain('SREM', claims)
if joins then
  redis.call('ZADD', workers, now + leaseMs, incarnation)
elseif redis.call('ZADD', workers, 'XX', 'CH', now + leaseMs, incarnation) == 0 then
  -- It is gone, or was renewed in this very millisecond.
  if not redis.call('ZSCORE', workers, incarnation) then return { 'burnt', now, {}, {} } end
end

local lost, unheld, running = {}, {}, {}
local looksForStalled = #ids >= FIRST and redis.call('EXISTS', stalling) == 1
for i = FIRST, #ids, 1000 do
  local chunk = {}
  for j = i, math.min(i + 999, #ids) do chunk[#chunk + 1] = ids[j] end
  if looksForStalled then redis.pcall('SREM', stalling, unpack(chunk)) end
  local isHeld = redis.call('SMISMEMBER', claims, unpack(chunk))
  for j = 1, #chunk do
    running[chunk[j]] = true
    if isHeld[j] == 0 then lost[#lost + 1] = chunk[j] end
  end
end
if redis.call('SCARD', claims) > #ids - FIRST + 1 - #lost then
  for _, id in ipairs(redis.call('SMEMBERS', claims)) do
    if not running[id] then unheld[#unheld + 1] = id end
  end
end
return { 'ok', now, lost, unheld }
