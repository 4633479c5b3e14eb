--[[
Does in this queue what another one has handed over, whose slot no script reaches from here: each once, in their order.

ARGV  source: the other queue
      from: the id of the last that was done here, as whoever calls knows it, or ''
      parts: those that come next, per one: its id; how many texts follow; its fields, names and values. A step that
        starts: flow, the key of its workflow; n, its number; id, record and start of its job. A step that has ended:
        flow, n, id; what, see advance.lua; result; spawned, as JSON. A job
        that was moved here: see arrive.lua.
Returns the id of the last that was done here, '' for none. Where that is before `from`, nothing was done: what was
done last was lost with a primary, and comes again.

Relies on: whoever calls has left out none of those behind `from`. Which were done is known from the id of the last
alone, so what was done stays done once, however late it comes again, and when all of it has ended and is gone.
]]
local function isBefore(one, other)
  if one == '' or other == '' then return one ~= other and one == '' end
  local ms, nth = one:match('^(%d+)-(%d+)$')
  local otherMs, otherNth = other:match('^(%d+)-(%d+)$')
  if ms ~= otherMs then return tonumber(ms) < tonumber(otherMs) end
  return tonumber(nth) < tonumber(otherNth)
end

local last = redis.call('HGET', handed, source) or ''
if isBefore(last, from) then return last end

local fresh, at = {}, FIRST
while at <= #parts do
  local one, upTo = { mark = parts[at] }, at + 1 + parts[at + 1]
  for i = at + 2, upTo, 2 do one[parts[i]] = parts[i + 1] end
  if isBefore(last, one.mark) then fresh[#fresh + 1] = one end
  at = upTo + 1
end
if #fresh == 0 then return last end

local ends, started, arrived = {}, {}, {}
for _, one in ipairs(fresh) do
  if one.moved then
    checkArrive(steps:sub(1, -#'steps' - 1))
    arrived[#arrived + 1] = one
  elseif one.record then
    for _, part in ipairs({ one.start, 1, one.id, one.record }) do started[#started + 1] = part end
  else
    checkFlow(one.flow)
    one.spawned = one.spawned and cjson.decode(one.spawned)
    for _, step in ipairs(one.spawned or {}) do checkHandOver(steps:sub(1, -#'steps' - 1), step.queue) end
    -- One that was run again has another job by now.
    if redis.call('HGET', one.flow, one.n .. ':id') == one.id then ends[#ends + 1] = one end
  end
end

drain('HDEL', handed)
if #started > 0 then
  store(jobs, waiting, delayed, earlierDelayed, eventLog, nil, started)
  for _, one in ipairs(fresh) do
    if one.record then redis.call('HSET', steps, one.id, 'p' .. one.n .. ' ' .. source .. ' ' .. one.flow) end
  end
end
if #arrived > 0 then arrive(steps:sub(1, -#'steps' - 1), arrived) end
if #ends > 0 then advance(steps, ends) end
local newest = fresh[#fresh].mark
redis.call('HSET', handed, source, newest)
return newest
