--[[
Keeps what ties jobs together for good once all of it is stored, and until then for so long after each call that adds to
it: whoever adds may have died.

ARGV  key: its key
      index: the key of the index that names it
      id: its id there
      keepMs: for how long, in ms, or nil for good
Returns nothing.

Relies on: the index says when what it names will be gone.
]]
if keepMs then
  redis.call('PEXPIRE', key, keepMs)
  redis.call('ZADD', index, clock() + keepMs, id)
else
  redis.call('PERSIST', key)
  redis.call('ZADD', index, '+inf', id)
end
