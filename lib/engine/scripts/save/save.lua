--[[
Stores new jobs, each once: an id that exists already is left alone.

ARGV  groups: jobs in groups that share their start; per group: the start ('' at once, a number = epoch ms, '+n' = n ms
        from now by Redis's clock; '!' before it where their priority is not the default), how many jobs, and per job two: id, record
Returns what store.lua returns: mostly nothing, as ids are rarely taken and queues rarely full.

Relies on: the client made the ids, and a command that is sent again carries the same record to the letter; that is
what tells our own re-sent command from a job that was there before. It checks its keys itself. Most queues have neither
limits nor anybody who listens, and one look tells so.
]]
if redis.call('EXISTS', eventLog, meta) == 0 then
  return store(jobs, waiting, delayed, earlierDelayed, false, nil, groups)
end
return store(jobs, waiting, delayed, earlierDelayed, eventLog, room(meta, jobs, waiting, delayed), groups)
