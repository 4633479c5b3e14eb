--[[
Stores new jobs, each once: an id that exists already is left alone.

KEYS  1 jobs  2 waiting  3 delayed  4 earlierDelayed (channel)
ARGV  per job three: id, record, start ('' at once, a number = epoch ms, '+n' = n ms from now by Redis's clock)
Returns per job 1 (stored, or stored by this very command sent before) or 0 (the id was taken).

Relies on: the client made the ids, and a command that is sent again carries the same record to the letter; that is
what tells our own re-sent command from a job that was there before.
]]
local jobs, waiting, delayed, earlierDelayed = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local ids, stored = {}, {}
for i = 1, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
if #ids > 1 then
  stored = redis.call('HMGET', jobs, unpack(ids))
else
  stored[1] = redis.call('HGET', jobs, ids[1])
end

local answers, fresh, ready, due, named, now = {}, {}, {}, {}, {}, nil
for i = 1, #ids do
  local id, record, start = ids[i], ARGV[i * 3 - 1], ARGV[i * 3]
  if stored[i] or named[id] then
    answers[i] = stored[i] == record and 1 or 0
  else
    answers[i] = 1
    named[id] = true
    fresh[#fresh + 1] = id
    fresh[#fresh + 1] = record
    if start == '' then
      ready[#ready + 1] = id
    else
      if start:sub(1, 1) == '+' then
        if not now then
          local time = redis.call('TIME')
          now = time[1] * 1000 + math.floor(time[2] / 1000)
        end
        start = now + tonumber(start)
      end
      due[#due + 1] = start
      due[#due + 1] = id
    end
  end
end

if #fresh > 0 then redis.call('HSET', jobs, unpack(fresh)) end
if #ready > 0 then redis.call('LPUSH', waiting, unpack(ready)) end
if #due > 0 then
  local before = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', delayed, unpack(due))
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
  -- Workers sleep until the earliest job is due, so they must hear of an earlier one.
  if head ~= before then redis.call('PUBLISH', earlierDelayed, head) end
end
return answers
