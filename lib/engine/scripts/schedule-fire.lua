--[[
Fires a schedule: moves its next tick on, stores the jobs of those that have come, and keeps what it did. Of all who try,
one finds the tick where it was.

KEYS  1 schedules  2 scheduleTicks  3 firings  4.. the keys of save-unique.lua, of which the first are those of save.lua
ARGV  1 name  2 fingerprint of the schedule that the jobs are of  3 the tick that was due, or '' when it is fired by hand
      4 the next tick, or '' when there is none (by hand it is not looked at)  5 'skip' when no job is to be stored as
      long as the one before has not ended, else 'allow'  6 how many firings are kept
      7 what is kept of ticks that were missed, as the inside of a JSON object, or ''
      8 unique key of its jobs or ''  9 release  10 ttl  11 onConflict  12 look, all four as save-unique.lua takes them
      13.. per job five: tick, id, data as JSON, what follows the data in the record, start
Returns {'passed'} when another one was first, or the schedule was changed, paused or removed; else {'done'} and per job
two: 'fired', 'overlap', 'unique' or 'exists', and the id of the job that was stored or is in the way.

Relies on: the id of a job is made of name and tick, so it is the same whoever fires. A firing is a member of the sorted
set, all with the score 0: name, time and place within the call come first, so that those of a schedule stand together
in their order. Calls save.lua,
save-unique.lua and marks-of.lua.
]]
local schedules, ticks, firings = KEYS[1], KEYS[2], KEYS[3]
local name, fingerprint, tick, nextTick = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local overlap, kept, missed, key = ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[8]
local saveKeys = { unpack(KEYS, 4) }
local jobs, succeeded, failed = saveKeys[1], saveKeys[6], saveKeys[7]

expect('STRLEN', key ~= '' and saveKeys[10] .. key)
local text = redis.call('HGET', schedules, name)
if not text or marksOf({}, { text }) ~= fingerprint then return { 'passed' } end
local last = redis.call('HGET', schedules, name .. ':last')
if tick == '' then
  -- By hand, a command that is sent again is told by the id.
  if last == ARGV[14] then return { 'done', 'fired', last } end
elseif tonumber(redis.call('ZSCORE', ticks, name)) ~= tonumber(tick) then
  return { 'passed' }
end

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))

local function isOver(id)
  return redis.call('HEXISTS', jobs, id) == 0
    or redis.call('SISMEMBER', succeeded, id) == 1
    or redis.call('SISMEMBER', failed, id) == 1
end

local function store(id, data, ending, start)
  if overlap == 'skip' and last and not isOver(last) then return 'overlap', last end
  if key == '' then
    local created = save(saveKeys, { ending, start, 1, id, data })[1] == 1
    return created and 'fired' or 'exists', id
  end
  local saved = saveUnique(
    saveKeys,
    { id, data, start, key, ARGV[9], ARGV[10], ARGV[11], ARGV[12], ending }
  )
  if saved[1] == 'held' then return 'unique', saved[2] end
  return saved[1] == 'existed' and 'exists' or 'fired', saved[2]
end

local count = 0
local function keep(inside)
  local firing = '{"firedAt":' .. now .. ',' .. inside .. '}'
  redis.call('ZADD', firings, 0, string.format('%s:%s:%04d:', name, now, count) .. firing)
  count = count + 1
end

if missed ~= '' then keep(missed) end
local reply = { 'done' }
for i = 13, #ARGV, 5 do
  local outcome, id = store(ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
  if outcome == 'fired' then last = id end
  keep('"tick":' .. ARGV[i] .. ',"outcome":"' .. outcome .. '","jobId":' .. cjson.encode(id))
  reply[#reply + 1] = outcome
  reply[#reply + 1] = id
end
if last then redis.call('HSET', schedules, name .. ':last', last) end

local from, to = '[' .. name .. ':', '(' .. name .. ';'
local over = redis.call('ZLEXCOUNT', firings, from, to) - kept
if over > 0 then
  redis.call('ZREM', firings, unpack(redis.call('ZRANGEBYLEX', firings, from, to, 'LIMIT', 0, over)))
end
if tick == '' then return reply end
if nextTick == '' then redis.call('ZREM', ticks, name) else redis.call('ZADD', ticks, nextTick, name) end
return reply
