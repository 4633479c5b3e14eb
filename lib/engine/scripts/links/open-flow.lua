--[[
Opens a workflow to be changed: what is asked of its steps is read once, and what has changed is written in one go.

ARGV  key: its key
Returns false for one that is not there, or that its index does not name: that went with its queue, and is only waiting
        to be removed. Nothing for one with which somebody has meddled, so that nobody can tell how many steps it has:
        it is left alone. Else a table with what advance.lua knows of it as a whole, and these functions, to which a step
        is its number as a text:
        look(list, fields): reads at once, of some steps, what stateOf and nextOf tell: 'state', 'next' or both
        stateOf(n): its state; of one that waits for others, its rule and how many those are
        nextOf(n): those that come after it; and its name, where another reads its result
        set(n, state, rule, left): changes them
        note(field, value): changes a field of the workflow
        mayStart(rule): whether it may start by anything but its rule, see advance.lua
        stepsOf(at): the key of the steps of its queue of this number; nil where that is in another slot
        write(): writes all changes; `isMoved` says from then on whether one was of open, failed or kept
        forget(): is told that somebody else has changed states meanwhile

Relies on: nobody else changes the workflow between two calls, but for write and forget.
]]
local AT_ONCE = 1000
-- See advance.lua.
local MOST_STEPS, MOST_MS, DAY_MS = 10000, 2 ^ 40, 86400000
local facts = redis.call('HMGET', key, 'index', 'id', 'total', 'policy', 'stopped', 'halted', 'deadlineAt', 'open',
  'failed', 'kept', 'endedAt', 'keepMs', 'queue:0')
if not facts[1] or not redis.call('ZSCORE', facts[1], facts[2]) then return false end
local total = countOf(facts[3], MOST_STEPS)
if not total then return nil end

local flow = { key = key, index = facts[1], id = facts[2], total = total, ready = {} }
flow.stops, flow.isStopped, flow.halted = facts[4] == 'stop', facts[5] == '1', facts[6]
flow.deadlineAt, flow.endedAt, flow.keepMs = tonumber(facts[7]), facts[11], countOf(facts[12], MOST_MS) or DAY_MS
flow.open, flow.failed, flow.kept = tonumber(facts[8]) or 0, tonumber(facts[9]) or 0, tonumber(facts[10]) or 0
local counted = { open = flow.open, failed = flow.failed, kept = flow.kept }
local starts, known, followers, names = { ['0'] = facts[13] }, { state = {}, next = {} }, {}, {}
local fresh, noted = {}, {}

function flow.look(list, fields)
  local asked, into, places = {}, {}, {}
  for _, field in ipairs(fields) do
    local values = known[field]
    for i = 1, #list do
      local n = list[i]
      if values[n] == nil then
        values[n] = false
        asked[#asked + 1], into[#into + 1], places[#places + 1] = n .. ':' .. field, values, n
      end
    end
  end
  for from = 1, #asked, AT_ONCE do
    local found = redis.call('HMGET', key, unpack(asked, from, math.min(from + AT_ONCE - 1, #asked)))
    for i = 1, #found do into[from + i - 1][places[from + i - 1]] = found[i] end
  end
end

local function valueOf(n, field)
  if known[field][n] == nil then flow.look({ n }, { field }) end
  return known[field][n] or ''
end

function flow.stateOf(n)
  local state = valueOf(n, 'state')
  if state:sub(1, 1) ~= 'w' then return state end
  return 'w', state:sub(2, 2), tonumber(state:sub(3)) or 0
end

function flow.nextOf(n)
  if not followers[n] then
    local list, places, name = {}, valueOf(n, 'next'):match('^([%d,]*)|(.*)$')
    for one in (places or ''):gmatch('%d+') do list[#list + 1] = one end
    followers[n], names[n] = list, name
  end
  return followers[n], names[n] or ''
end

function flow.set(n, state, rule, left)
  known.state[n] = rule and state .. rule .. string.format('%.0f', left) or state
  fresh[n] = true
end

function flow.note(field, value)
  noted[#noted + 1], noted[#noted + 2] = field, value
end

function flow.mayStart(rule)
  if not flow.halted and flow.deadlineAt and clock() >= flow.deadlineAt then
    flow.halted = 'expired'
    flow.note('halted', 'expired')
  end
  return not flow.halted and (not flow.isStopped or not rule:match('[sa]'))
end

function flow.stepsOf(at)
  if starts[at] == nil then starts[at] = redis.call('HGET', key, 'queue:' .. at) end
  local isHere = starts[at] and starts[at]:sub(1, 1) ~= '>'
  return isHere and starts[at] .. 'steps' or nil
end

function flow.write()
  for _, field in ipairs({ 'open', 'failed', 'kept' }) do
    if flow[field] ~= counted[field] then
      flow.note(field, flow[field])
      counted[field], flow.isMoved = flow[field], true
    end
  end
  for n in pairs(fresh) do flow.note(n .. ':state', known.state[n]) end
  for from = 1, #noted, 2 * AT_ONCE do
    redis.call('HSET', key, unpack(noted, from, math.min(from + 2 * AT_ONCE - 1, #noted)))
  end
  fresh, noted = {}, {}
end

function flow.forget()
  known.state = {}
end

return flow
