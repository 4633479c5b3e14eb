import { ApiaryError, coerceError } from '../errors.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import { hushed } from '../promises.ts';

/**
 * Wraps a handler once and for all, the first function outermost and the handler's own innermost. What of it is `ours`
 * goes around all others; that leaves no promise behind, so nobody has to look after those. Throws HANDLER_INVALID
 * when one of the others is no function, or returns none.
 */
export function withMiddleware(
  handler: BoundHandler,
  middleware: readonly Middleware[],
  ours: readonly Middleware[] = [],
): BoundHandler {
  const others = [...middleware, ...(handler.middleware ?? [])];
  if (others.length + ours.length === 0) return handler;
  const inner = others.reduceRight((next, wrap) => wrapped(handler, wrap, next), handler.run);
  const run = ours.reduceRight((next, wrap) => wrap(next), inner);
  return { ...handler, run };
}

/**
 * Whoever calls `next` twice, or does not wait for it, has left a promise behind. What becomes of that is his affair:
 * its rejection must not end the process.
 */
function wrapped(
  { definition: { type } }: BoundHandler,
  wrap: Middleware,
  next: BoundHandler['run'],
): BoundHandler['run'] {
  const run = wrapping(type, wrap, (data, ctx) => hushed(next(data, ctx)));
  // What is no TypeScript may return anything.
  if (typeof run === 'function') return run;
  const message = `middleware of job type ${type} must be a function that returns a handler`;
  throw new ApiaryError('HANDLER_INVALID', message);
}

function wrapping(
  type: string,
  wrap: Middleware,
  next: BoundHandler['run'],
): BoundHandler['run'] | undefined {
  if (typeof wrap !== 'function') return undefined;
  try {
    return wrap(next);
  } catch (cause) {
    const message = `middleware of job type ${type} threw when it was to wrap: ${coerceError(cause).message}`;
    throw new ApiaryError('HANDLER_INVALID', message, { cause });
  }
}
