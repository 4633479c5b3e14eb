--[[
Tells those that come after some ended steps, and those after what ends by it: each starts, is skipped, or waits for
fewer.

ARGV  flow: the workflow, as open-flow.lua has it
      ended: tables of n, the number of a step, and how it has ended: 'succeeded', 'failed' or 'skipped'
      skipped: numbers of steps that are skipped first, where they still wait
Returns nothing.

A sub-workflow stands between two steps that have no job. Its gate comes after what all of it comes after, and before
its first steps; where it is skipped, so is all that stands between, whatever the rules. Its join comes after all of
its steps, and ends with the last of them: failed where one has failed, skipped where none has run, else succeeded.

Relies on: the steps of a sub-workflow have the numbers between its two ends. What ends without a job is not counted
as open, as it ends in the call that ends the last before it.
]]
local JOINED = { j = 'skipped', k = 'succeeded', l = 'failed' }
local JOIN_STATES = { skipped = 'x', succeeded = 's', failed = 'g' }

local function stepsOf(n)
  local at = (redis.call('HGET', flow.key, n .. ':go') or ''):match('^(%d+)|')
  return at and flow.stepsOf(at)
end

local function skip(n, rule)
  flow.set(n, 'x')
  ended[#ended + 1] = { n = n, how = 'skipped' }
  if rule:match('%u') then
    local to = countOf((redis.call('HGET', flow.key, n .. ':go') or ''):match('^>(%d+)$'), flow.total) or 0
    local within = {}
    for m = tonumber(n) + 1, to - 1 do within[#within + 1] = string.format('%.0f', m) end
    flow.look(within, { 'state' })
    for _, m in ipairs(within) do
      local state, own = flow.stateOf(m)
      if state == 'w' and not JOINED[own] then skip(m, own) end
    end
    return
  end
  flow.open = flow.open - 1
  local listed, job = stepsOf(n), redis.call('HGET', flow.key, n .. ':id')
  if listed and job then redis.call('HDEL', listed, job) end
end

local function verdictOf(rule, how, left)
  if rule == 's' or rule == 't' then return how ~= 'succeeded' and 'never' or left <= 0 and 'start' end
  if rule == 'e' then return left <= 0 and 'start' end
  local wanted = rule == 'f' and 'failed' or 'succeeded'
  return how == wanted and 'start' or left <= 0 and 'never'
end

local function join(n, rule, how, left)
  if how == 'failed' or rule == 'l' then
    rule = 'l'
  elseif how == 'succeeded' then
    rule = 'k'
  end
  if left > 0 then
    flow.set(n, 'w', rule, left)
  else
    flow.set(n, JOIN_STATES[JOINED[rule]])
    ended[#ended + 1] = { n = n, how = JOINED[rule] }
  end
end

local function arrive(n, rule, how, left)
  if JOINED[rule] then return join(n, rule, how, left) end
  local verdict = verdictOf(rule:lower(), how, left)
  if not verdict then
    flow.set(n, 'w', rule, left)
  elseif verdict == 'never' or not flow.mayStart(rule:lower()) then
    skip(n, rule)
  elseif rule:match('%u') then
    flow.set(n, 's')
    ended[#ended + 1] = { n = n, how = 'succeeded' }
  else
    flow.set(n, 'r')
    flow.ready[#flow.ready + 1] = n
  end
end

for _, n in ipairs(skipped) do
  local state, rule = flow.stateOf(n)
  if state == 'w' then skip(n, rule) end
end
local at = 1
while ended[at] do
  local how, following = ended[at].how, flow.nextOf(ended[at].n)
  flow.look(following, { 'state' })
  for _, n in ipairs(following) do
    local state, rule, left = flow.stateOf(n)
    if state == 'w' then arrive(n, rule, how, left - 1) end
  end
  at = at + 1
end
