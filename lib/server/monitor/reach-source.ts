import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ApiaryError } from '../../errors.ts';
import { toUnavailable } from '../../redis/unavailable.ts';
import type { MonitorSource } from './monitor-source.ts';

/** Throws REDIS_UNAVAILABLE, with its name and the reason, when a Redis server cannot be reached. */
export async function requireReached(source: MonitorSource): Promise<void> {
  const trouble = await source.trouble();
  if (trouble === null) return;
  throw new ApiaryError('REDIS_UNAVAILABLE', `Redis server ${source.name} cannot be reached: ${trouble}`);
}

/** Lets those pass only who ask for something of a server that can be reached. */
export function reached(source: MonitorSource): RequestHandler {
  return async (_req, _res, next) => {
    await requireReached(source);
    next();
  };
}

/** Says of which server it is told that Redis does not serve. */
export function sayWhich(name: string): ErrorRequestHandler {
  return (error: unknown, _req, _res, next) => {
    const told = toUnavailable(error);
    if (told === null || told.message.includes(`Redis server ${name} `)) return next(error);
    next(new ApiaryError(told.code, `of Redis server ${name}: ${told.message}`, { cause: error }));
  };
}
