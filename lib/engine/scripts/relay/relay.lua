--[[
Stores the jobs of rows that a relay has read from an outbox, in their order, and notes the rows: one that is sent
again, because its relay died before it had removed it, is known by that, also where its job has ended and gone since.

ARGV  key: unique key of the job, of which there is only one then; or ''
      release: as save-unique.lua takes it
      ttl: likewise
      onConflict: likewise
      lookMs: likewise
      keptMs: how long a row is noted that nobody takes off again, in ms
      rows: per row four: its token, id of the job, record, start
Returns per row 'stored' (also where another job was given the record); 'existed' where the id was taken, or the row was
sent before; 'held' where another job holds the key; 'full' where there was no room, and then the row is not noted.

Relies on: no more rows than store.lua takes for one call. A row has a token that no other row ever had. The first write
stores, so that a Redis without memory refuses it; what is old is dropped last.
]]
local tokens = {}
for at = FIRST, #rows, 4 do tokens[#tokens + 1] = rows[at] end
local noted = redis.call('ZMSCORE', relayed, unpack(tokens))

-- Those that are new, by their place among all; jobs with the same start are handed over together.
local places, groups, countAt = {}, {}, 0
for place = 1, #tokens do
  local at = FIRST + 4 * (place - 1)
  local start = rows[at + 3]
  if not noted[place] then
    if countAt == 0 or groups[countAt - 1] ~= start then
      groups[#groups + 1] = start
      groups[#groups + 1] = 0
      countAt = #groups
    end
    groups[countAt] = groups[countAt] + 1
    groups[#groups + 1] = rows[at + 1]
    groups[#groups + 1] = rows[at + 2]
    places[#places + 1] = place
  end
end

local function save()
  local words = {}
  if key == '' then
    local free = room(meta, jobs, waiting, delayed)
    for _, taken in ipairs(store(jobs, waiting, delayed, earlierDelayed, eventLog, free, groups)) do
      words[math.abs(taken)] = taken > 0 and 'existed' or 'full'
    end
    return words
  end
  local saved = saveUnique(groups[3], groups[4], groups[1], key, release, ttl, onConflict, lookMs, true)
  if saved[1] ~= 'created' and saved[1] ~= 'replaced' then words[1] = saved[1] end
  return words
end

local answers, notes, now = {}, {}, clock()
for place = 1, #tokens do answers[place] = 'existed' end
local words = #places > 0 and save() or {}
for i, place in ipairs(places) do
  answers[place] = words[i] or 'stored'
  if words[i] ~= 'full' then
    notes[#notes + 1] = now
    notes[#notes + 1] = tokens[place]
  end
end
if #notes > 0 then
  redis.call('ZADD', relayed, unpack(notes))
  redis.call('PEXPIRE', relayed, keptMs)
end
redis.call('ZREMRANGEBYSCORE', relayed, '-inf', now - keptMs)
return answers
