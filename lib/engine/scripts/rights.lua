--[[
Tries whether the user of the connection may do what scripts and queries do, on a key that nobody uses and which is gone
when it returns.

KEYS  1 a key that nobody uses  2 a channel that nobody listens to
ARGV  1 a value
Returns the names of the commands that are refused.

Relies on: a refusal is told by its words: NOPERM, or those of Redis up to 7.0 inside a script.
]]
local key, channel, value = KEYS[1], KEYS[2], ARGV[1]
local tries = {
  { 'TIME' }, { 'PUBLISH', channel, value },
  { 'UNLINK', key }, { 'SET', key, value, 'PX', 1000 }, { 'GET', key }, { 'PTTL', key }, { 'PEXPIRE', key, 1000 },
  { 'UNLINK', key }, { 'HSET', key, value, 1 }, { 'HGET', key, value }, { 'HMGET', key, value }, { 'HINCRBY', key, value, 1 },
  { 'HEXISTS', key, value }, { 'HDEL', key, value },
  { 'UNLINK', key }, { 'LPUSH', key, value }, { 'RPUSH', key, value }, { 'LLEN', key }, { 'LPOS', key, value },
  { 'LRANGE', key, 0, 0 }, { 'LINDEX', key, 0 }, { 'LREM', key, 1, value }, { 'RPOP', key },
  { 'UNLINK', key }, { 'SADD', key, value }, { 'SISMEMBER', key, value }, { 'SMISMEMBER', key, value }, { 'SCARD', key },
  { 'SREM', key, value }, { 'SPOP', key },
  { 'UNLINK', key }, { 'ZADD', key, 1, value }, { 'ZSCORE', key, value }, { 'ZRANGE', key, 0, 0 }, { 'ZCARD', key },
  { 'ZRANGEBYSCORE', key, 1, 1 }, { 'ZREM', key, value }, { 'UNLINK', key },
}
local refused = {}
for _, try in ipairs(tries) do
  local reply = redis.pcall(unpack(try))
  local err = type(reply) == 'table' and reply.err
  if err and (err:find('NOPERM', 1, true) or err:find('user executing the script', 1, true)) then
    refused[#refused + 1] = try[1]
  end
end
return refused
