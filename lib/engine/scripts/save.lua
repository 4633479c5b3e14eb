--[[
Stores new jobs, each once: an id that exists already is left alone.

KEYS  1 jobs  2 waiting  3 delayed  4 earlierDelayed (channel)
ARGV  jobs in groups that share all but id and data; per group: what follows the data in the record, the start ('' at
      once, a number = epoch ms, '+n' = n ms from now by Redis's clock), how many jobs, and per job two: id, data as JSON
Returns per job 1 (stored, or stored by this very command sent before) or 0 (the id was taken).

Relies on: the client made the ids, and a command that is sent again carries the same record to the letter; that is
what tells our own re-sent command from a job that was there before. It checks its keys itself. Calls frame.lua.
]]
local jobs, waiting, delayed, earlierDelayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local now = nil
local function startOf(start)
  if start:sub(1, 1) ~= '+' then return start end
  if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return now + tonumber(start)
end

local ids, records, starts = {}, {}, {}
local at = 1
while at < #ARGV do
  local before, after = frame({}, { ARGV[at] })
  local start, last = startOf(ARGV[at + 1]), at + 2 * ARGV[at + 2]
  for i = at + 3, last + 1, 2 do
    ids[#ids + 1] = ARGV[i]
    records[#ids] = before .. ARGV[i + 1] .. after
    starts[#ids] = start
  end
  at = last + 3
end

local stored = redis.call('HMGET', jobs, unpack(ids))
local answers, fresh, ready, due, named = {}, {}, {}, {}, {}
for i = 1, #ids do
  local id, record = ids[i], records[i]
  if stored[i] or named[id] then
    answers[i] = stored[i] == record and 1 or 0
  else
    answers[i] = 1
    named[id] = true
    fresh[#fresh + 1] = id
    fresh[#fresh + 1] = record
    if starts[i] == '' then
      ready[#ready + 1] = id
    else
      due[#due + 1] = starts[i]
      due[#due + 1] = id
    end
  end
end

if #ready > 0 then redis.call('LLEN', waiting) end
if #due > 0 then redis.call('ZCARD', delayed) end
if #fresh > 0 then redis.call('HSET', jobs, unpack(fresh)) end
if #ready > 0 then redis.call('LPUSH', waiting, unpack(ready)) end
if #due > 0 then
  local before = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', delayed, unpack(due))
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  -- Workers sleep until the earliest job is due, so they must hear of an earlier one.
  if head ~= before then redis.pcall('PUBLISH', earlierDelayed, head) end
end
return answers
