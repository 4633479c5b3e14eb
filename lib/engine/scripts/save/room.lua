--[[
Tells how many more jobs may come to wait in a queue.

ARGV  meta: the keys of the queue
      jobs: likewise
      waiting: likewise
      delayed: likewise
Returns the number, below zero where more wait than may; nil where the queue has no such limit.

Relies on: the limit is a number of our own, other words behind it. Where jobs wait in lines, those that wait are the
ones that are nowhere else. The other keys of the queue have the same name but for their end, and are needed in such
queues alone, so their names are made here.
]]
local text = redis.call('HGET', meta, 'maxWaiting')
local most = text and tonumber(text:match('^%d+'))
if not most then return nil end
if redis.call('HEXISTS', meta, 'limits') == 0 then return most - redis.call('LLEN', waiting) end

local start = jobs:sub(1, -#'jobs' - 1)
local elsewhere = redis.call('LLEN', start .. 'active') + redis.call('ZCARD', delayed)
  + redis.call('SCARD', start .. 'succeeded') + redis.call('SCARD', start .. 'failed')
  + redis.call('HLEN', start .. 'groupOf')
return most - (redis.call('HLEN', jobs) - elsewhere)
