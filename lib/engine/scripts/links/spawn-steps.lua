--[[
Adds steps to a workflow: each comes after the one that adds it, and before those that come after that. The steps of a
sub-workflow come after each other besides: its gate after the one that adds it, and its join before the others.

ARGV  flow: the workflow, as open-flow.lua has it
      n: the number of the one that adds them, whose end is not passed on yet
      spawned: the steps, as advance.lua is given them; with ties, of one within a sub-workflow, as JSON: plan, as
        advance.lua has it, and state, next and reads; numbers of others count from the gate
Returns those that have ended, as passOn of advance.lua takes them, and how many there are for others to wait for.

Relies on: no name has a quote in it. What comes after the step does not start before it has been told of all these. A
sub-workflow is given from its gate to its join, without anything between that is not of it.
]]
local MOST_READ = 30
local SPARED = { s = 't', a = 'b', S = 'T', A = 'B' }
local places = {}

local function placeOf(one)
  if places[one.queue] then return places[one.queue] end
  local counted = redis.call('HMGET', flow.key, 'queues', 'names')
  local count, names = tonumber(counted[1]) or 0, counted[2] or '[]'
  for at, name in ipairs(cjson.decode(names)) do places[name] = at - 1 end
  if places[one.queue] then return places[one.queue] end
  names = names:sub(1, -2) .. ',' .. cjson.encode(one.queue) .. ']'
  redis.call('HSET', flow.key, 'queue:' .. count, one.prefix or '>' .. one.queue, 'queues', count + 1, 'names', names)
  places[one.queue] = count
  return count
end

local facts = redis.call('HMGET', flow.key, n .. ':plan', n .. ':next', n .. ':go')
local adder = cjson.decode(facts[1])
local following = facts[2]:match('^[%d,]*')
local starts = flow.mayStart(adder.spared and 't' or 's')
local given, jobs, awaited, ended, jobless = { n }, {}, {}, {}, 0
for one in facts[3]:match('[%d,]*$'):gmatch('%d+') do
  if #given < MOST_READ then given[#given + 1] = one end
end

local function numbered(list, base)
  local numbers = {}
  for i, one in ipairs(list) do numbers[i] = string.format('%.0f', base + one) end
  return numbers
end

-- Of one that is by itself, and of one within the sub-workflow whose gate has the number `base`.
local function tiesOf(one, base)
  if one.ties == '' then
    return { when = 'succeeded', after = n, next = following, reads = given, state = starts and 'r' or 'x' }
  end
  local own = cjson.decode(one.ties)
  local plan, reads = own.plan, numbered(own.reads, base)
  for _, n in ipairs(given) do
    if #reads < MOST_READ then reads[#reads + 1] = n end
  end
  local isGate, isJoin = plan.to and #plan.after == 0, plan.from == 0
  local state = starts and (isGate and 's' or own.state) or 'x'
  if adder.spared then state = state:gsub('^w(%a)', function(rule) return 'w' .. (SPARED[rule] or rule) end) end
  return {
    when = plan.when, after = isGate and n or table.concat(numbered(plan.after, base), ','), reads = reads,
    next = isJoin and following or table.concat(numbered(own.next, base), ','), state = state, isGate = isGate,
    isJoin = isJoin, to = plan.to and base + plan.to, from = plan.from and base + plan.from, spared = plan.spared,
  }
end

local base = flow.total
for _, one in ipairs(spawned) do
  local at, own = string.format('%.0f', flow.total), adder.name .. '/' .. one.name
  local isAlone, hasJob = one.ties == '', one.id ~= ''
  local ties = tiesOf(one, base)
  local place = hasJob and placeOf(one)
  local plan, go = '{"name":"' .. own .. '","when":"' .. ties.when .. '","after":[' .. ties.after .. '],"by":' .. n, ''
  if ties.spared or adder.spared then plan = plan .. ',"spared":true' end
  if hasJob then
    plan = plan .. ',"type":' .. cjson.encode(one.type) .. ',"queue":' .. place
    go = place .. '|' .. one.start .. '|' .. table.concat(ties.reads, ',')
    jobs[#jobs + 1] = at
  else
    jobless = jobless + 1
    if ties.to then plan, go = plan .. string.format(',"to":%.0f', ties.to), string.format('>%.0f', ties.to) end
    if ties.from then plan = plan .. string.format(',"from":%.0f', ties.from) end
  end
  flow.total = flow.total + 1
  redis.call('HSET', flow.key, at .. ':state', ties.state, at .. ':id', one.id, at .. ':plan', plan .. '}',
    at .. ':next', ties.next .. '|' .. (hasJob and own or ''), at .. ':go', go,
    at .. ':before', one.before, at .. ':behind', one.behind)
  if starts and hasJob then
    flow.open = flow.open + 1
    if isAlone then flow.ready[#flow.ready + 1] = at end
    local listed = flow.stepsOf(string.format('%.0f', place))
    if listed then redis.call('HSET', listed, one.id, at .. ' ' .. flow.key) end
  end
  if isAlone or ties.isJoin then
    awaited[#awaited + 1] = at
    base = flow.total
    if not starts then ended[#ended + 1] = { n = at, how = 'skipped' } end
  elseif ties.isGate and starts then
    ended[#ended + 1] = { n = at, how = 'succeeded' }
  end
end
redis.call('HSET', flow.key, n .. ':spawned', table.concat(awaited, ','))
add(flow.key, 'total', #spawned)
add(flow.key, 'added', #spawned)
if jobless > 0 then add(flow.key, 'jobless', jobless) end
local list = table.concat(jobs, ',')
for m in following:gmatch('%d+') do
  local before = redis.call('HGET', flow.key, m .. ':reads')
  redis.call('HSET', flow.key, m .. ':reads', before and before .. ',' .. list or list)
end
return ended, #awaited
