--[[
The beat of a worker: makes or keeps its lease and tells it where its own picture of what it holds is wrong.

KEYS  1 workers  2 claims of the incarnation  3 stalling
ARGV  1 incarnation  2 lease in ms  3 '1' when the incarnation is new, else '0'  4.. the ids the worker is running
Returns {'burnt', now} when the lease was taken away, else
        {'ok', now, {running but no longer claimed}, {claimed but not running}}.

Relies on: bee-queue's stall protocol, in which taking an id out of stalling says that it is being worked on. Calls drain.lua.
]]
local workers, claims, stalling = KEYS[1], KEYS[2], KEYS[3]
local incarnation, leaseMs, joins = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local FIRST = 4

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not joins and not redis.call('ZSCORE', workers, incarnation) then return { 'burnt', now } end
drain({ claims }, { 'SREM' })
redis.call('ZADD', workers, now + leaseMs, incarnation)

local lost, strays, running = {}, {}, {}
local looksForStalled = redis.call('EXISTS', stalling) == 1
for i = FIRST, #ARGV, 1000 do
  local chunk = {}
  for j = i, math.min(i + 999, #ARGV) do chunk[#chunk + 1] = ARGV[j] end
  if looksForStalled then redis.pcall('SREM', stalling, unpack(chunk)) end
  local isHeld = redis.call('SMISMEMBER', claims, unpack(chunk))
  for j = 1, #chunk do
    running[chunk[j]] = true
    if isHeld[j] == 0 then lost[#lost + 1] = chunk[j] end
  end
end
if redis.call('SCARD', claims) > #ARGV - FIRST + 1 - #lost then
  for _, id in ipairs(redis.call('SMEMBERS', claims)) do
    if not running[id] then strays[#strays + 1] = id end
  end
end
return { 'ok', now, lost, strays }
