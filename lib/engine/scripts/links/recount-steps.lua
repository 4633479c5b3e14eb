--[[
Decides anew of each step of a workflow that has not started whether its turn can come, and counts what it waits for.

ARGV  key: the workflow
      total: how many steps it has
      isStopped: whether no step starts that waits for a success
Returns the numbers of those that are to start now, which are marked as started, and how many more are open than were.

Relies on: who comes after a step comes after those too that it has added. A gate that has
opened stays so, and of a join it is decided anew what it has come to. It looks at all of the workflow, so it is for
what is done by hand.
]]
local AT_ONCE = 500
local stored, states, plans, jobs, spawned = {}, {}, {}, {}, {}
for from = 0, total - 1, AT_ONCE do
  local to = math.min(from + AT_ONCE, total) - 1
  local names = {}
  for n = from, to do
    for _, field in ipairs({ ':state', ':plan', ':id', ':spawned' }) do names[#names + 1] = n .. field end
  end
  local facts = redis.call('HMGET', key, unpack(names))
  for n = from, to do
    local i = 4 * (n - from) + 1
    local isRead, plan = pcall(cjson.decode, facts[i + 1] or '')
    stored[n], jobs[n], spawned[n] = facts[i], facts[i + 2], facts[i + 3] or nil
    states[n] = (facts[i] or ''):sub(1, 1)
    local isPlan = isRead and type(plan) == 'table' and type(plan.after) == 'table' and type(plan.when) == 'string'
    plans[n] = isPlan and plan or nil
  end
end

local verdicts, left, letters, gates = {}, {}, {}, {}
for n = 0, total - 1 do
  local to = plans[n] and states[n] ~= 'd' and tonumber(plans[n].to)
  if to and not (to < total) then to = nil end
  -- The gates within come later, so each step has the nearest.
  for m = n + 1, to or n do gates[m] = n end
end

-- What a step has added is behind it in the list, and so is what that has added.
local function beforeOf(plan)
  local before, isNamed = {}, {}
  local function name(n)
    if not isNamed[n] then before[#before + 1], isNamed[n] = n, true end
  end
  for _, n in ipairs(plan.after or {}) do name(n) end
  local at = 1
  while before[at] do
    local added = before[at] ~= plan.by and spawned[before[at]] or ''
    for one in added:gmatch('%d+') do name(tonumber(one)) end
    at = at + 1
  end
  return before
end

local function join(n, good, bad, open)
  letters[n] = bad > 0 and 'l' or good > 0 and 'k' or 'j'
  if open > 0 then return 'w' end
  return bad > 0 and 'g' or good > 0 and 's' or 'x'
end

local function letterOf(n)
  local plan = plans[n]
  local letter = plan.when:sub(1, 1)
  if plan.spared then letter = letter == 's' and 't' or letter == 'a' and 'b' or letter end
  return plan.to and letter:upper() or letter
end

local function decide(plan, good, bad, none, open)
  local when = plan.when
  if isStopped and not plan.spared and (when == 'succeeded' or when == 'any') then return 'x' end
  if when == 'succeeded' and bad + none > 0 then return 'x' end
  if when == 'any' or when == 'failed' then
    local isMet = (when == 'any' and good or bad) > 0
    return isMet and 'r' or open > 0 and 'w' or 'x'
  end
  return open > 0 and 'w' or 'r'
end

local function verdictOf(n)
  local state, plan = states[n], plans[n]
  local isJoin = plan and plan.from and state ~= 'd'
  if (state ~= 'w' and state ~= 'x' and not isJoin) or not plan then return state end
  if verdicts[n] then return verdicts[n] end
  if gates[n] and not isJoin and verdictOf(gates[n]) == 'x' then
    verdicts[n] = 'x'
    return 'x'
  end
  -- Where somebody has let steps come after each other in a circle, they wait.
  verdicts[n] = 'w'
  local good, bad, none, open = 0, 0, 0, 0
  for _, before in ipairs(beforeOf(plan)) do
    local one = verdictOf(before)
    if one == 's' then
      good = good + 1
    elseif one == 'f' or one == 'g' then
      bad = bad + 1
    elseif one == 'x' then
      none = none + 1
    elseif one ~= 'd' then
      open = open + 1
    end
  end
  left[n] = open
  verdicts[n] = isJoin and join(n, good, bad, open) or not isJoin and decide(plan, good, bad, none, open)
  -- A gate ends as it opens.
  if plan.to and verdicts[n] == 'r' then verdicts[n] = 's' end
  return verdicts[n]
end

local ready, opened = {}, 0
for n = 0, total - 1 do
  local was, plan = states[n], plans[n]
  local is = verdictOf(n)
  local text = is == 'w' and is .. (letters[n] or letterOf(n)) .. string.format('%.0f', left[n]) or is
  if text ~= stored[n] then redis.call('HSET', key, n .. ':state', text) end
  if is ~= was and jobs[n] ~= '' then
    if is == 'r' then ready[#ready + 1] = n end
    local start = redis.call('HGET', key, 'queue:' .. tostring(plan.queue)) or '>'
    local isHere = start:sub(1, 1) ~= '>'
    if is == 'x' then
      opened = opened - 1
      if isHere then redis.call('HDEL', start .. 'steps', jobs[n]) end
    elseif was == 'x' then
      opened = opened + 1
      if isHere then redis.call('HSET', start .. 'steps', jobs[n], n .. ' ' .. key) end
    end
  end
end
return ready, opened
