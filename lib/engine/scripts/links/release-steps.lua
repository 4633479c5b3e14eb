--[[
Stores the jobs of steps whose turn has come, each with the results that it reads. Those of queues in other slots are
handed over.

ARGV  flows: tables of workflows: key, that of the workflow; ready, the numbers of the steps
Returns nothing.

Relies on: a step is released once, as its state says; its results begin with its name, an exclamation mark before
where it was too long to be kept, and no name has a quote in it.
]]
local LONGEST = 1048576
local AT_ONCE = 500
local STEPS_AT_ONCE = 200
local now = clock()

-- The results of these steps, by their numbers as texts; read so many at once.
local function readResults(key, places)
  local names, results = {}, {}
  for i = 1, #places do names[i] = places[i] .. ':result' end
  for from = 1, #names, AT_ONCE do
    local stored = redis.call('HMGET', key, unpack(names, from, math.min(from + AT_ONCE - 1, #names)))
    for i = 1, #stored do results[places[from + i - 1]] = stored[i] end
  end
  return results
end

local function resultsText(reads, results)
  local given, unread, length = {}, {}, 0
  for one in reads:gmatch('%d+') do
    local result = results[one]
    if result and result:sub(1, 1) == '!' then
      unread[#unread + 1] = result:sub(2)
    elseif result and length + #result > LONGEST then
      unread[#unread + 1] = result:match('^"[^"]*"')
    elseif result then
      length = length + #result
      given[#given + 1] = result
    end
  end
  local text = #given > 0 and ',"results":{' .. table.concat(given, ',') .. '}' or ''
  return #unread > 0 and text .. ',"unread":[' .. table.concat(unread, ',') .. ']' or text
end

-- Its time counts from now, and a delay likewise.
local added = string.format('},"timestamp":%.0f', now)
local function timesOf(start)
  local delay = start:match('^!?%+(%d+)$')
  return delay and added .. string.format(',"delay":%.0f', now + tonumber(delay)) or added
end

local order, lists = {}, {}
local function flush(start)
  local function key(name) return start .. name end
  store(key('jobs'), key('waiting'), key('delayed'), key('earlierDelayed'), key('eventLog'), nil, lists[start])
  lists[start] = {}
end

local function put(start, job)
  if not lists[start] then order[#order + 1], lists[start] = start, {} end
  local list = lists[start]
  local i = #list
  list[i + 1], list[i + 2], list[i + 3], list[i + 4] = job.start, 1, job.id, job.record
  if i + 4 == 4 * AT_ONCE then flush(start) end
end

local function release(key, ready, from, to)
  local names = { 'results', 'queue:0' }
  for i = from, to do
    local n, at = ready[i], #names
    names[at + 1], names[at + 2], names[at + 3] = n .. ':go', n .. ':id', n .. ':before'
    names[at + 4], names[at + 5] = n .. ':behind', n .. ':reads'
  end
  local facts = redis.call('HMGET', key, unpack(names))
  local starts, steps, places, isSought = { ['0'] = facts[2] }, {}, {}, {}
  for i = 3, #facts, 5 do
    local queue, start, reads = (facts[i] or ''):match('^(%d+)|(!?%+?%d*)|(.*)$')
    if queue and starts[queue] == nil then starts[queue] = redis.call('HGET', key, 'queue:' .. queue) end
    -- One with which somebody has meddled has no job, which whoever looks after workflows takes for its end.
    if queue and starts[queue] and facts[i + 1] and facts[i + 2] and facts[i + 3] then
      if facts[i + 4] then reads = reads .. ',' .. facts[i + 4] end
      for one in (facts[1] and reads or ''):gmatch('%d+') do
        if not isSought[one] then places[#places + 1], isSought[one] = one, true end
      end
      steps[#steps + 1] = { n = ready[from + (i - 3) / 5], queue = queue, start = start, reads = reads, at = i }
    end
  end
  local results = #places > 0 and readResults(key, places)
  for _, one in ipairs(steps) do
    local given = results and resultsText(one.reads, results) or ''
    local record = facts[one.at + 2] .. given .. timesOf(one.start) .. facts[one.at + 3]
    local id, away = facts[one.at + 1], starts[one.queue]:match('^>(.+)$')
    if away then
      handOver(facts[2], away, { 'flow', key, 'n', one.n, 'id', id, 'start', one.start, 'record', record })
    else
      put(starts[one.queue], { start = one.start, id = id, record = record })
    end
  end
end

for _, flow in ipairs(flows) do
  for from = 1, #flow.ready, STEPS_AT_ONCE do
    release(flow.key, flow.ready, from, math.min(from + STEPS_AT_ONCE - 1, #flow.ready))
  end
end
for _, start in ipairs(order) do
  if #lists[start] > 0 then flush(start) end
end
