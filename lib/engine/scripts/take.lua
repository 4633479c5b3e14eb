--[[
Claims up to n waiting jobs for one incarnation of a worker: waiting -> active, plus its claim.

KEYS  1 waiting  2 active  3 jobs  4 claims of the incarnation  5 workers  6 meta  7 cancelled
ARGV  1 incarnation  2 lease in ms  3 how many are wanted  4 '1' when the incarnation is new, else '0'
      5 an id that a blocking move has put into active for us, else ''; it comes first, or goes back if 3 is 0
Returns {'ok', now} when nothing was there, else {'ok', now, ids, records}: the ids as one JSON list; the records as one
        JSON list with a line for each, null where one is gone, or, when that would be long, as a list of Redis; and,
        where some were cancelled, a JSON list of their ids;
        {'paused', now} or {'burnt', now}: in both the id of ARGV 5 is back at the head of waiting.

Relies on: an incarnation that lost its lease is gone from workers and never comes back (recover removes it with
all its claims). Served from the right end of waiting, as bee-queue does. The claims of each incarnation have the
same name but for their end: who else is on the list is known here alone, so their keys are made here. A stored
record is JSON, so many of them with commas between are JSON too: one text costs a fraction of a reply each.
]]
local waiting, active, jobs, claims = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local workers, meta, cancelled = KEYS[5], KEYS[6], KEYS[7]
local incarnation, leaseMs, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local joins, moved = ARGV[4] == '1', ARGV[5]

local LONG = 16 * 1024 * 1024

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local refusal = nil
if not joins and not redis.call('ZSCORE', workers, incarnation) then
  refusal = 'burnt'
elseif redis.call('HEXISTS', meta, 'paused') == 1 then
  refusal = 'paused'
end
-- A worker that was stopped comes late with its moved id: it may have been removed, or returned as an orphan and taken
-- by another, who is running it.
local function isClaimed(id)
  local start = claims:sub(1, -#incarnation - 1)
  for _, other in ipairs(redis.call('ZRANGE', workers, 0, -1)) do
    if redis.call('SISMEMBER', start .. other, id) == 1 then return true end
  end
  return false
end
local holdsMoved = moved ~= '' and not isClaimed(moved) and redis.call('LREM', active, 1, moved) == 1
if holdsMoved and (refusal or wanted == 0) then
  redis.call('RPUSH', waiting, moved)
  holdsMoved = false
end
if refusal then return { refusal, now } end

if joins then redis.call('ZADD', workers, now + leaseMs, incarnation) end
local ids = {}
if holdsMoved then
  ids[1] = moved
  wanted = wanted - 1
end
if wanted > 0 then
  local taken = redis.call('RPOP', waiting, wanted)
  if taken then
    for i = 1, #taken do ids[#ids + 1] = taken[i] end
  end
end
if #ids == 0 then return { 'ok', now } end
redis.call('LPUSH', active, unpack(ids))
redis.call('SADD', claims, unpack(ids))
local records = redis.call('HMGET', jobs, unpack(ids))
local length = 0
for i = 1, #ids do
  records[i] = records[i] or 'null'
  length = length + #records[i]
end
local all = length > LONG and records or '[\n' .. table.concat(records, ',\n') .. '\n]'
local answer = { 'ok', now, cjson.encode(ids), all }
if redis.call('EXISTS', cancelled) == 1 then
  local isCancelled, named = redis.call('SMISMEMBER', cancelled, unpack(ids)), {}
  for i = 1, #ids do
    if isCancelled[i] == 1 then named[#named + 1] = ids[i] end
  end
  if #named > 0 then answer[5] = cjson.encode(named) end
end
return answer
