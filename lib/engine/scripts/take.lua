--[[
Claims up to n waiting jobs for one incarnation of a worker: waiting -> active, plus its claim.

KEYS  1 waiting  2 active  3 jobs  4 claims of the incarnation  5 workers  6 meta  7 cancelled  8 losses
ARGV  1 incarnation  2 lease in ms  3 how many are wanted  4 '1' when the incarnation is new, else '0'
      5 an id that a blocking move has put into active for us, else ''; it comes first, or goes back if 3 is 0
      6 '1' when one suspect may be among them, else '0'
Returns {'ok', now} when nothing was there, else {'ok', now, and what hold.lua returns}; where jobs have losses
        {'ok', now, ids, records, cancelled, ms until it is worth asking again or -1, the suspect among them or '', 1 when
        others were left where they are, else 0};
        {'paused', now}, {'burnt', now}, or {'limited', now} where take-limited.lua is to be asked: in these the id of
        ARGV 5 is back at the head of waiting.

Relies on: served from the right end of waiting, as bee-queue does. A job with an entry in losses is a suspect. Calls admit.lua,
drain.lua, skim.lua and hold.lua.
]]
local waiting, active, jobs, claims = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local workers, meta, cancelled, losses = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local incarnation, leaseMs, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local joins, moved, maySuspect = ARGV[4], ARGV[5], ARGV[6] == '1'

-- How soon it is worth looking again for others than suspects.
local LOOK_MS = 250

local hasLosses = redis.call('HLEN', losses) > 0

local refusal, now, holdsMoved, limits = admit({ active, claims, workers, meta }, { incarnation, joins, moved })
if limits and not refusal then refusal = 'limited' end
if holdsMoved and (refusal or wanted == 0 or hasLosses) then
  redis.call('RPUSH', waiting, moved)
  holdsMoved = false
end
if refusal then return { refusal, now } end

if joins == '1' then
  drain({ claims }, { 'SREM' })
  redis.call('ZADD', workers, now + leaseMs, incarnation)
end

-- What is left aside stays at the head.
if hasLosses and wanted > 0 then
  local ids, aside, suspect = skim({ waiting, losses }, { wanted, maySuspect, 0 })
  for i = #aside, 1, -1 do redis.call('RPUSH', waiting, aside[i]) end
  local again = #aside > 0 and #ids < wanted and LOOK_MS or -1
  local left = #aside > 0 and 1 or 0
  if #ids == 0 then return { 'ok', now, '[]', '[]', '[]', again, suspect, left } end
  local names, records, stopped = hold({ active, jobs, claims, cancelled }, ids)
  return { 'ok', now, names, records, stopped or '[]', again, suspect, left }
end
local ids = {}
if holdsMoved then
  ids[1] = moved
  wanted = wanted - 1
end
if wanted > 0 then
  local taken = redis.call('RPOP', waiting, wanted)
  if taken then
    for i = 1, #taken do ids[#ids + 1] = taken[i] end
  end
end
if #ids == 0 then return { 'ok', now } end
return { 'ok', now, hold({ active, jobs, claims, cancelled }, ids) }
