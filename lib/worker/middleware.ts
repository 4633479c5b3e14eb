import { ApiaryError } from '../errors.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';

/**
 * Wraps a handler once and for all, the first function outermost and the handler's own innermost. Throws
 * HANDLER_INVALID when one is no function, or returns none.
 */
export function withMiddleware(handler: BoundHandler, middleware: readonly Middleware[]): BoundHandler {
  const all = [...middleware, ...(handler.middleware ?? [])];
  if (all.length === 0) return handler;
  const run = all.reduceRight((next, wrap) => wrapped(handler, wrap, next), handler.run);
  return { ...handler, run };
}

function wrapped(
  { definition: { type } }: BoundHandler,
  wrap: Middleware,
  next: BoundHandler['run'],
): BoundHandler['run'] {
  const run: unknown = typeof wrap === 'function' ? wrap(next) : undefined;
  if (typeof run === 'function') return run as BoundHandler['run'];
  const message = `middleware of job type ${type} must be a function that returns a handler`;
  throw new ApiaryError('HANDLER_INVALID', message);
}
