import type { ErrorRequestHandler, RequestHandler } from 'express';
import { codeOf } from '../../code-of.ts';
import { ApiaryError, type ErrorCode } from '../../errors.ts';
import { type RedisTrouble, TROUBLE_TEXTS, toUnavailable } from '../../redis/unavailable.ts';
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

/** Says of which server it is told that Redis does not serve, and why by a code alone: where it is, is nobody's. */
export function sayWhich(name: string): ErrorRequestHandler {
  return (error: unknown, _req, _res, next) => {
    const told = toUnavailable(error);
    if (told === null || !isTrouble(told.code) || told.message.startsWith(`Redis server ${name} `))
      return next(error);
    // Without the cause: from that it would be told again.
    next(new ApiaryError(told.code, `Redis server ${name} ${TROUBLE_TEXTS[told.code]}: ${reasonOf(told)}`));
  };
}

function isTrouble(code: ErrorCode): code is RedisTrouble {
  return Object.hasOwn(TROUBLE_TEXTS, code);
}

/** What it came from says what it is. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? reasonOf(error.cause) : (codeOf(error) ?? error.name);
}
