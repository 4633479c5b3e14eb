--[[
Stores new jobs, each once: an id that exists already is left alone.

ARGV  groups: jobs in groups that share all but id and data; per group: what follows the data in the record, the start
        ('' at once, a number = epoch ms, '+n' = n ms from now by Redis's clock), how many jobs, and per job two: id,
        data as JSON
Returns per job 1 (stored, or stored by this very command sent before) or 0 (the id was taken).

Relies on: the client made the ids, and a command that is sent again carries the same record to the letter; that is
what tells our own re-sent command from a job that was there before. It checks its keys itself.
]]
return store(jobs, waiting, delayed, earlierDelayed, eventLog, groups)
