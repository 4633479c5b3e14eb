--[[
Tries whether the user of the connection may do what scripts and queries do, on a key that nobody uses and which is gone
when it returns.

ARGV  value: a value
Returns the names of the commands that are refused; READONLY alone where Redis is a replica.

Relies on: a refusal is told by its words: NOPERM, or those of Redis up to 7.0 inside a script.
]]
local tries = {
  { 'TIME' }, { 'PUBLISH', otherChannel, value },
  { 'UNLINK', other }, { 'SET', other, value, 'PX', 1000 }, { 'GET', other }, { 'PTTL', other }, { 'PEXPIRE', other, 1000 },
  { 'UNLINK', other }, { 'HSET', other, value, 1 }, { 'HGET', other, value }, { 'HMGET', other, value }, { 'HINCRBY', other, value, 1 },
  { 'HSETNX', other, value, 1 }, { 'HEXISTS', other, value }, { 'HDEL', other, value },
  { 'UNLINK', other }, { 'LPUSH', other, value }, { 'RPUSH', other, value }, { 'LLEN', other }, { 'LPOS', other, value },
  { 'LRANGE', other, 0, 0 }, { 'LINDEX', other, 0 }, { 'LREM', other, 1, value }, { 'RPOP', other },
  { 'UNLINK', other }, { 'SADD', other, value }, { 'SISMEMBER', other, value }, { 'SMISMEMBER', other, value }, { 'SCARD', other },
  { 'SREM', other, value }, { 'SPOP', other },
  { 'UNLINK', other }, { 'ZADD', other, 1, value }, { 'ZSCORE', other, value }, { 'ZRANGE', other, 0, 0 }, { 'ZCARD', other },
  { 'ZRANGEBYSCORE', other, 1, 1 }, { 'ZREM', other, value }, { 'UNLINK', other },
}
local refused = {}
for _, try in ipairs(tries) do
  local reply = redis.pcall(unpack(try))
  local err = type(reply) == 'table' and reply.err
  if err and err:find('READONLY', 1, true) then return { 'READONLY' } end
  if err and (err:find('NOPERM', 1, true) or err:find('user executing the script', 1, true)) then
    refused[#refused + 1] = try[1]
  end
end
return refused
