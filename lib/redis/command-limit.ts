import type { Command, Redis } from 'ioredis';
import type { RedisClient } from './redis-client.ts';

/** In so many parts the time limit of a command is waited for. */
const PARTS = 10;

/**
 * Has a connection count against the time limit of a command only the time in which this process could have read the
 * answer. ioredis counts all of it: after a handler or a large batch that kept the process busy for longer than the
 * limit, it would give up commands that Redis has carried out and answered. To be called as the connection is made.
 */
export function limitFairly(client: RedisClient): void {
  if ('nodes' in client) client.on('+node', limitOn);
  else limitOn(client);
}

function limitOn(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    command.setTimeout = waitInParts;
    return send(command, stream);
  };
}

/** However late a part is over, it counts for one: what came meanwhile is read before the next. */
function waitInParts(this: Command, limitMs: number): void {
  if (this['_commandTimeoutTimer']) return;
  let left = PARTS;
  const timer = setInterval(() => {
    if (--left > 0) return;
    clearInterval(timer);
    if (!this['isSettled']) this.reject(new Error('Command timed out'));
  }, limitMs / PARTS);
  // Where ioredis looks for what it clears at the end of the command.
  this['_commandTimeoutTimer'] = timer;
}
