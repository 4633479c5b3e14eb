import { ApiaryError } from '../errors.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import { withMiddleware } from './middleware.ts';

/** Lists handlers by the type of their jobs, each in its middleware. Throws HANDLER_INVALID for two of one type. */
export function handlersByType(
  handlers: readonly BoundHandler[],
  middleware: readonly Middleware[],
): ReadonlyMap<string, BoundHandler> {
  const byType = new Map<string, BoundHandler>();
  for (const handler of handlers) {
    const { type } = handler.definition;
    if (byType.has(type)) throw new ApiaryError('HANDLER_INVALID', `two handlers for job type ${type}`);
    byType.set(type, withMiddleware(handler, middleware));
  }
  return byType;
}
