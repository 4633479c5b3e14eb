--[[
Stores new jobs, each once: an id that exists already is left alone.

ARGV  groups: jobs in groups that share their start; per group: the start ('' at once, a number = epoch ms, '+n' = n ms
        from now by Redis's clock; '!' before it where their priority is not the default), how many jobs, and per job two: id, record.
        An empty group whose start is '@' and a mark comes first where the queue has shards, see elsewhere.lua
Returns what store.lua returns: mostly nothing, as ids are rarely taken and queues rarely full; or the error of
        elsewhere.lua, and nothing is stored.

Relies on: the client made the ids, and a command that is sent again carries the same record to the letter; that is
what tells our own re-sent command from a job that was there before. It checks its keys itself. Most queues have neither
limits nor anybody who listens, and one look tells so.
]]
if redis.call('EXISTS', eventLog, meta) == 0 then
  return store(jobs, waiting, delayed, earlierDelayed, false, nil, groups)
end
local isMarked = groups[FIRST]:sub(1, 1) == '@'
local refusal = elsewhere(meta, isMarked and groups[FIRST]:sub(2) or '')
if refusal then return refusal end
if isMarked and #groups == FIRST + 5 then
  -- One alone goes the short way.
  for at = FIRST, FIRST + 3 do groups[at] = groups[at + 2] end
  groups[FIRST + 4], groups[FIRST + 5] = nil, nil
end
return store(jobs, waiting, delayed, earlierDelayed, eventLog, room(meta, jobs, waiting, delayed), groups)
