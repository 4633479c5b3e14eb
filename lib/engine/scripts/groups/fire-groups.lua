--[[
Hands over the groups that are due, in the order of their times, or one that is named.

ARGV  named: the group to be handed over, due or not; '' for those that are due
      base: an id that no job has
      mostGroups: how many groups are looked at, at most
      most: how many jobs at most
Returns {how many carriers, how many jobs went into them, when to look again, now}; the last two in epoch ms, -1 where
        there is no group.

Relies on: which groups are due is known here alone. The time of a group is that of the next look at it. Mostly none is due:
it checks itself the types of the keys that it will touch.
]]
local now = clock()
if named == '' then
  local next = redis.call('ZRANGE', groups, 0, 0, 'WITHSCORES')[2]
  if not next or tonumber(next) > now then return { 0, 0, tonumber(next or -1), now } end
end
expect('ZCARD', groups)
expect('HLEN', jobs)
expect('LLEN', waiting)
expect('HLEN', groupRules)
expect('HLEN', groupOf)
expect('HLEN', gathered)
expect('HLEN', gatheredBefore)
local due = { named }
if named == '' then due = redis.call('ZRANGE', groups, '-inf', now, 'BYSCORE', 'LIMIT', 0, mostGroups) end

for i = 1, #due do expect('ZCARD', groupStart .. due[i]) end

local carriers, carried = 0, 0
if #due > 0 then drain('ZREM', groups) end
for i = 1, #due do
  if carried >= most then break end
  local done = gather(named ~= '', base, most - carried, due[i])
  carriers = carriers + done[1]
  carried = carried + done[2]
end
local first = redis.call('ZRANGE', groups, 0, 0, 'WITHSCORES')[2]
return { carriers, carried, tonumber(first or -1), now }
