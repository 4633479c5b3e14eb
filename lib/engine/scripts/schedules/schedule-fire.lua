--[[
Fires a schedule: moves its next tick on, stores the jobs of those that have come, and keeps what it did. Of all who
try, one finds the tick where it was.

ARGV  name: of the schedule
      fingerprint: fingerprint of the schedule that the jobs are of
      tick: the tick that was due, or '' when it is fired by hand
      nextTick: the next tick, or '' when there is none (by hand it is not looked at)
      overlap: 'skip' when no job is to be stored as long as the one before has not ended, else 'allow'
      limit: how many jobs it fires at most, or ''; what is fired by hand is not counted
      kept: how many firings are kept
      missed: what is kept of ticks that were missed, as the inside of a JSON object, or ''
      key: unique key of its jobs or ''
      release: as save-unique.lua takes it
      ttl: likewise
      onConflict: likewise
      lookMs: likewise
      ticks: per job four: tick, id, record, start
Returns {'passed'} when another one was first, or the schedule was changed, paused or removed; else {'done'} and per job
that the limit leaves two: 'fired', 'overlap', 'unique' or 'exists', and the id of the job that was stored or is in the way.

Relies on: the id of a job is made of name and tick, so it is the same whoever fires. A firing is a member of the sorted
set, all with the score 0: name, time and place within the call come first, so that those of a schedule stand together
in their order.
]]
expect('STRLEN', key ~= '' and lockStart .. key)
local text = redis.call('HGET', schedules, name)
if not text or marksOf(text) ~= fingerprint then return { 'passed' } end
local last = redis.call('HGET', schedules, name .. ':last')
if tick == '' then
  -- By hand, a command that is sent again is told by the id.
  if last == ticks[FIRST + 1] then return { 'done', 'fired', last } end
elseif tonumber(redis.call('ZSCORE', scheduleTicks, name)) ~= tonumber(tick) then
  return { 'passed' }
end

local now = string.format('%.0f', clock())

local function add(id, record, start)
  if overlap == 'skip' and last and not isOver(last) then return 'overlap', last end
  if key == '' then
    local created = #store(jobs, waiting, delayed, earlierDelayed, eventLog, nil, { start, 1, id, record }) == 0
    return created and 'fired' or 'exists', id
  end
  local saved = saveUnique(id, record, start, key, release, ttl, onConflict, lookMs, false)
  if saved[1] == 'held' then return 'unique', saved[2] end
  return saved[1] == 'existed' and 'exists' or 'fired', saved[2]
end

local isCounted = limit ~= '' and tick ~= ''
local fired = isCounted and countOf(redis.call('HGET', schedules, name .. ':fired'), 2 ^ 53) or 0
local left = isCounted and tonumber(limit) - fired or math.huge
local count, stored = 0, 0
local function keep(inside)
  local firing = '{"firedAt":' .. now .. ',' .. inside .. '}'
  redis.call('ZADD', firings, 0, string.format('%s:%s:%04d:', name, now, count) .. firing)
  count = count + 1
end

if missed ~= '' then keep(missed) end
local reply = { 'done' }
for i = FIRST, #ticks, 4 do
  if stored >= left then break end
  local outcome, id = add(ticks[i + 1], ticks[i + 2], ticks[i + 3])
  if outcome == 'fired' then
    last = id
    stored = stored + 1
  end
  keep('"tick":' .. ticks[i] .. ',"outcome":"' .. outcome .. '","jobId":' .. cjson.encode(id))
  reply[#reply + 1] = outcome
  reply[#reply + 1] = id
end
if last then redis.call('HSET', schedules, name .. ':last', last) end
if isCounted and stored > 0 then redis.call('HSET', schedules, name .. ':fired', string.format('%.0f', fired + stored)) end

local from, to = '[' .. name .. ':', '(' .. name .. ';'
local over = redis.call('ZLEXCOUNT', firings, from, to) - kept
if over > 0 then
  redis.call('ZREM', firings, unpack(redis.call('ZRANGEBYLEX', firings, from, to, 'LIMIT', 0, over)))
end
if tick == '' then return reply end
if nextTick == '' or stored >= left then
  redis.call('ZREM', scheduleTicks, name)
else
  redis.call('ZADD', scheduleTicks, nextTick, name)
end
return reply
