--[[
Hands over the groups that are due, in the order of their times, or one that is named.

KEYS  1 jobs  2 waiting  3 groups  4 groupRules  5 groupOf  6 gathered  7 gatheredBefore  8 groupDue (channel)
      9 what the name of the set of every group starts with
ARGV  1 the group to be handed over, due or not; '' for those that are due  2 an id that no job has  3 how many groups
      are looked at, at most  4 how many jobs at most
Returns {how many carriers, how many jobs went into them, when to look again, now}; the last two in epoch ms, -1 where
        there is no group.

Relies on: which groups are due is known here alone. The time of a group is that of the next look at it. Calls
drain.lua and gather.lua.
]]
local all = { KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9] }
local groups, named, base, mostGroups, most = KEYS[3], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due, how = { named }, 'forced'
if named == '' then
  due, how = redis.call('ZRANGE', groups, '-inf', now, 'BYSCORE', 'LIMIT', 0, mostGroups), ''
end

for i = 1, #due do expect('ZCARD', KEYS[9] .. due[i]) end

local carriers, carried = 0, 0
if #due > 0 then drain({ groups }, { 'ZREM' }) end
for i = 1, #due do
  if carried >= most then break end
  local done = gather(all, { how, base, most - carried, due[i] })
  carriers = carriers + done[1]
  carried = carried + done[2]
end
local head = redis.call('ZRANGE', groups, 0, 0, 'WITHSCORES')[2]
return { carriers, carried, tonumber(head or -1), now }
