--[[
Finds ids that have a record and are neither running, nor delayed, nor ended, nor in a group: they wait in a list, or
are nowhere.

ARGV  cursor: where to go on among the records, or '' to look at the ids that follow
      most: about how many records are looked at
      suspects: ids
Returns {where to go on, '0' at the end; how many bytes the records have; the ids}.

Relies on: active is as long as there are jobs running. HSCAN reads the records too, so the caller asks for few where
they are long.
]]
local following, bytes, ids = '0', 0, {}
if cursor == '' then
  for i = FIRST, #suspects do
    if redis.call('HEXISTS', jobs, suspects[i]) == 1 then ids[#ids + 1] = suspects[i] end
  end
else
  local scanned = redis.call('HSCAN', jobs, cursor, 'COUNT', most)
  following = scanned[1]
  for i = 1, #scanned[2], 2 do
    ids[#ids + 1] = scanned[2][i]
    bytes = bytes + #scanned[2][i + 1]
  end
end
if #ids == 0 then return { following, bytes, {} } end

local isRunning = {}
for _, id in ipairs(redis.call('LRANGE', active, 0, -1)) do isRunning[id] = true end
local found = {}
for from = 1, #ids, 1000 do
  local to = math.min(from + 999, #ids)
  local hasSucceeded = redis.call('SMISMEMBER', succeeded, unpack(ids, from, to))
  local hasFailed = redis.call('SMISMEMBER', failed, unpack(ids, from, to))
  local isDelayed = redis.call('ZMSCORE', delayed, unpack(ids, from, to))
  local groups = redis.call('HMGET', groupOf, unpack(ids, from, to))
  for i = 1, to - from + 1 do
    local id = ids[from + i - 1]
    local isEnded = hasSucceeded[i] == 1 or hasFailed[i] == 1
    if not (isEnded or isDelayed[i] or groups[i] or isRunning[id]) then found[#found + 1] = id end
  end
end
return { following, bytes, found }
