--[[
Carries on workflows by what became of their steps: each step whose turn has come by it is started, in this very call.

ARGV  steps: the key of the steps, which may be that of a queue that was deleted
      ends: tables of id, of a job; what: 'succeeded'; 'failed', and kept; 'removed', or failed and not kept; 'missing',
        where a step that has started has no job; 'retried', offered again after it had failed; 'open': it has not
        ended; result, what it returned as JSON, or nil; spawned, the steps that it adds, tables with the fields of
        settle-linked.lua and prefix, how the keys of its queue begin, or nil where that is in another slot, see
        spawn-steps.lua. Or of flow, the key of a workflow that is cancelled; with again, a list of number and id of
        steps, to be run again as jobs of these ids, none of which runs; one that was added by another of them has ''
        for its id, and goes. With n, the number of a step: an end in another slot, that was handed over.
Returns how many of them were steps.

A step is in steps: id of its job -> its number, from 0, a space, the key of its workflow; where that is in another
slot, as tell-home.lua has it. That is a hash: `id`;
`queue`, its own; `total`, how many steps it is to have; `added`, how many of them are stored; `open`, how many have
not ended; `failed`, kept or not; `kept`, those of them that could be retried; `policy`; `stopped`, once that has
stopped the others; `halted`: 'cancelled' or 'expired'; `deadlineAt`; `createdAt`; `endedAt`; `keepMs`, how long it
stays once it is over; `index`, the key of the index that it is in; `queues`, how many there are, and `queue:<n>`, how
the keys of each begin, or its name behind a '>' where that is in another slot; `jobless`, how many of its steps are
gates and joins, see pass-on.lua, if any. By the number of each step: `:state`; `:next`, those that come after it, a bar
and, where
another step reads its result, its name; `:id` of its job; `:go`, the number of its queue, its start as in save.lua, and
those whose results it reads, with bars between; `:before` and `:behind`, the record of its job but for what
release-steps.lua writes between; `:result`, where another step reads it; `:plan`, what never changes and is for people,
as JSON.

States: 'w' it waits for those before it: behind that a letter for its rule, and how many those are that have not ended;
'r' its job is stored and has not ended; 's' succeeded; 'f' failed and kept; 'g' failed and gone; 'x' skipped, as it
cannot start by its rule any more; 'd' it went with the step that had added it, which runs again.

Letters: 's' when those before it have succeeded; 'e' have ended; 'a' any; 'f' when one has failed; 't' and 'b' as 's'
and 'a', and not to be stopped by a failure. That of a gate is in upper case, and its `:go` is a greater-than sign and
the number of its join. That of a join is 'j', 'k' once one of its steps has succeeded, or 'l' once one has failed.

A step that was added by another, `by` in its plan, is in `:spawned` of that, and in `:reads` of those that come after
it. `dropped` is how many there are of state 'd'; `results` is there once a result is.

Relies on: what a step was is said by its state, so the same end told twice counts once. What a step waits for is
counted, so an end costs what follows it, and not what the workflow has. In Cluster the workflow has the hash tag of its
own queue, and what is to be done in others is handed over.
]]
local LONGEST_RESULT = 65536
local AT_ONCE = 1000
local MOST_STEPS = 10000
local now = clock()
-- By their keys; those with which somebody has meddled, whose steps are to find them once they are mended.
local known, isLeft, touched = {}, {}, {}

local function flowOf(key)
  if known[key] == nil then
    local flow = openFlow(key)
    known[key], isLeft[key] = flow or false, flow == nil
    if flow then touched[#touched + 1] = flow end
  end
  return known[key]
end

local function planOf(flow, n)
  local isRead, plan = pcall(cjson.decode, redis.call('HGET', flow.key, n .. ':plan') or '')
  return isRead and type(plan) == 'table' and plan or {}
end

-- Skips what waits by one of these rules.
local function stop(flow, isStopped)
  local skipped = {}
  for from = 0, flow.total - 1, AT_ONCE do
    local list = {}
    for n = from, math.min(from + AT_ONCE, flow.total) - 1 do list[#list + 1] = string.format('%.0f', n) end
    flow.look(list, { 'state' })
    for _, n in ipairs(list) do
      local state, rule = flow.stateOf(n)
      if state == 'w' and isStopped(rule) then skipped[#skipped + 1] = n end
    end
  end
  passOn(flow, {}, skipped)
end

local function halt(flow)
  if flow.halted then return end
  flow.halted = 'cancelled'
  flow.note('halted', 'cancelled')
  stop(flow, function(rule) return not rule:match('[jkl]') end)
end

-- What is added comes between: what comes after the step waits for that too.
local function spawn(flow, n, spawned)
  local following = flow.nextOf(n)
  local ended, count = spawnSteps(flow, n, spawned)
  flow.look(following, { 'state' })
  for _, one in ipairs(following) do
    local state, rule, left = flow.stateOf(one)
    if state == 'w' then flow.set(one, 'w', rule, left + count) end
  end
  return ended
end

local function succeed(flow, n, result, spawned)
  flow.set(n, 's')
  flow.open = flow.open - 1
  local _, name = flow.nextOf(n)
  if spawned and name == '' then name = planOf(flow, n).name or '' end
  if name ~= '' and result and result ~= '' then
    local quoted = '"' .. name .. '"'
    flow.note(n .. ':result', #result > LONGEST_RESULT and '!' .. quoted or quoted .. ':' .. result)
    flow.note('results', 1)
  end
  local ended = spawned and spawn(flow, n, spawned) or {}
  table.insert(ended, 1, { n = n, how = 'succeeded' })
  passOn(flow, ended, {})
end

local function fail(flow, n, isKept)
  flow.set(n, isKept and 'f' or 'g')
  flow.open, flow.failed = flow.open - 1, flow.failed + 1
  if isKept then flow.kept = flow.kept + 1 end
  local isFirst = flow.stops and not flow.isStopped
  if isFirst then
    flow.isStopped = true
    flow.note('stopped', '1')
  end
  passOn(flow, { { n = n, how = 'failed' } }, {})
  if isFirst then stop(flow, function(rule) return rule:match('[saSA]') end) end
end

-- What was skipped may have its turn yet.
local function resume(flow)
  flow.isStopped, flow.halted, flow.endedAt = flow.stops and flow.failed > 0, false, false
  flow.note('stopped', flow.isStopped and '1' or '0')
  flow.write()
  redis.call('HDEL', flow.key, 'halted', 'endedAt')
  redis.call('PERSIST', flow.key)
  redis.call('ZADD', flow.index, '+inf', flow.id)
  local ready, opened = recountSteps(flow.key, flow.total, flow.isStopped)
  flow.forget()
  for i = 1, #ready do flow.ready[#flow.ready + 1] = ready[i] end
  flow.open = flow.open + opened
end

local function reopen(flow, n)
  flow.set(n, 'r')
  flow.open, flow.failed, flow.kept = flow.open + 1, flow.failed - 1, flow.kept - 1
  resume(flow)
end

-- How many a step waits for is counted anew when all of them are told.
local function runAgain(flow, again)
  for i = 1, #again, 2 do
    local n, job = again[i], again[i + 1]
    local state, at = flow.stateOf(n), (redis.call('HGET', flow.key, n .. ':go') or ''):match('^(%d+)|')
    local listed = at and flow.stepsOf(at)
    if not at then
      flow.set(n, job == '' and 'd' or 'w')
      if job == '' then
        add(flow.key, 'dropped', 1)
        add(flow.key, 'jobless', -1)
      end
    elseif state ~= 'w' then
      if state == 'f' then flow.kept = flow.kept - 1 end
      if state ~= 's' and state ~= 'x' then flow.failed = flow.failed - 1 end
      if listed then redis.call('HDEL', listed, redis.call('HGET', flow.key, n .. ':id')) end
      redis.call('HDEL', flow.key, n .. ':result', n .. ':spawned')
      if job == '' then
        flow.set(n, 'd')
        add(flow.key, 'dropped', 1)
      else
        flow.open = flow.open + 1
        flow.set(n, 'w')
        if listed then redis.call('HSET', listed, job, n .. ' ' .. flow.key) end
        redis.call('HSET', flow.key, n .. ':id', job)
      end
    end
  end
  resume(flow)
end

local over = {}

local function move(flow, n, one)
  local state, what = flow.stateOf(n), one.what
  local isGone = what == 'removed' or what == 'missing'
  if state == 'f' and not isGone and what ~= 'failed' then
    reopen(flow, n)
    state = 'r'
  end
  if state == 'r' and what == 'succeeded' then
    over[#over + 1] = one.id
    -- Steps that add steps must come to an end.
    if one.spawned and flow.total + #one.spawned > MOST_STEPS then
      fail(flow, n, false)
    else
      succeed(flow, n, one.result, one.spawned)
    end
  elseif state == 'r' and what == 'failed' then
    fail(flow, n, true)
  elseif isGone and (state == 'r' or (state == 'w' and what == 'removed')) then
    over[#over + 1] = one.id
    fail(flow, n, false)
  elseif isGone and state ~= 'w' then
    over[#over + 1] = one.id
    if state == 'f' then
      flow.set(n, 'g')
      flow.kept = flow.kept - 1
    end
  end
end

-- As long as a step could be retried, it stays as the job of that does.
local function close(flow)
  if flow.open ~= 0 then return end
  if not flow.endedAt then redis.call('HSET', flow.key, 'endedAt', string.format('%.0f', now)) end
  if flow.kept ~= 0 then return end
  redis.call('PEXPIRE', flow.key, flow.keepMs)
  redis.call('ZADD', flow.index, now + flow.keepMs, flow.id)
end

local counted, of, told, ids = 0, {}, {}, {}
for i, one in ipairs(ends) do ids[i] = one.id or '' end
local entries = #ids > 0 and redis.call('HMGET', steps, unpack(ids)) or {}
for i, one in ipairs(ends) do
  local n, key = (entries[i] or ''):match('^(%d+) (.+)$')
  if one.flow then n, key = one.n, one.flow end
  local flow = key and flowOf(key)
  of[i] = { flow = flow, n = n, isLeft = isLeft[key or ''] }
  if flow and n then
    told[flow] = told[flow] or {}
    table.insert(told[flow], n)
  end
end
for flow, list in pairs(told) do
  flow.look(list, { 'state', 'next' })
  local following = {}
  for _, n in ipairs(list) do
    for _, one in ipairs((flow.nextOf(n))) do following[#following + 1] = one end
  end
  flow.look(following, { 'state' })
end
for i, one in ipairs(ends) do
  local flow, n = of[i].flow, of[i].n
  if entries[i] then counted = counted + 1 end
  if flow and n then
    move(flow, n, one)
  elseif flow and one.again then
    runAgain(flow, one.again)
  elseif flow then
    halt(flow)
  elseif (entries[i] or ''):find('^[pf]') then
    tellHome(steps, one, entries[i])
  elseif entries[i] and not of[i].isLeft then
    over[#over + 1] = one.id
  end
end
if #over > 0 then redis.call('HDEL', steps, unpack(over)) end
for _, flow in ipairs(touched) do flow.write() end
releaseSteps(touched)
for _, flow in ipairs(touched) do
  if flow.isMoved then close(flow) end
end
return counted
