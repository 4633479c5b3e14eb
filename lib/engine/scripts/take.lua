--[[
Claims up to n waiting jobs for one incarnation of a worker: waiting -> active, plus its claim.

KEYS  1 waiting  2 active  3 jobs  4 claims of the incarnation  5 workers  6 meta
ARGV  1 incarnation  2 lease in ms  3 how many are wanted  4 '1' when the incarnation is new, else '0'
      5 an id that a blocking move has put into active for us, else ''
Returns {'ok', now, id, record, id, record, ...} (a record is false when it is gone),
        {'paused', now} or {'burnt', now}; in both the id of ARGV 5 is back at the head of waiting.

Relies on: an incarnation that lost its lease is gone from workers and never comes back (recover removes it with
all its claims). Served from the right end of waiting, as bee-queue does.
]]
local waiting, active, jobs, claims, workers, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local incarnation, leaseMs, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local joins, moved = ARGV[4] == '1', ARGV[5]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local refusal = nil
if not joins and not redis.call('ZSCORE', workers, incarnation) then
  refusal = 'burnt'
elseif redis.call('HEXISTS', meta, 'paused') == 1 then
  refusal = 'paused'
end
-- The moved id may have been taken from active meanwhile (removed, or returned as an orphan): then it is not ours.
local holdsMoved = moved ~= '' and redis.call('LREM', active, 1, moved) == 1
if refusal then
  if holdsMoved then redis.call('RPUSH', waiting, moved) end
  return { refusal, now }
end

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
local answer = { 'ok', now }
if #ids > 0 then
  redis.call('LPUSH', active, unpack(ids))
  redis.call('SADD', claims, unpack(ids))
  local records = redis.call('HMGET', jobs, unpack(ids))
  for i = 1, #ids do
    answer[#answer + 1] = ids[i]
    answer[#answer + 1] = records[i]
  end
end
return answer
