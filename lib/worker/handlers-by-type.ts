import { ApiaryError } from '../errors.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import { withMiddleware } from './middleware.ts';

/**
 * Lists handlers by the type of their jobs, each in its middleware, and `ours` around that. Throws HANDLER_INVALID for
 * two of one type, and for one that takes groups where the definition says nothing of them or the other way round.
 */
export function handlersByType(
  handlers: readonly BoundHandler[],
  middleware: readonly Middleware[],
  ours: readonly Middleware[] = [],
): ReadonlyMap<string, BoundHandler> {
  const byType = new Map<string, BoundHandler>();
  for (const handler of handlers) {
    const { type } = handler.definition;
    if (byType.has(type)) throw new ApiaryError('HANDLER_INVALID', `two handlers for job type ${type}`);
    requireAgreement(handler);
    byType.set(type, withMiddleware(handler, middleware, ours));
  }
  return byType;
}

/** A job that waited in a group for a handler that cannot take it would be found out only then. */
function requireAgreement({ definition: { type, group }, takesGroups }: BoundHandler): void {
  if ((group === undefined) === (takesGroups === undefined)) return;
  const message = takesGroups
    ? `handleGroup for job type ${type}: its definition has to say group, {} for the defaults`
    : `the definition of job type ${type} says group, so it needs handleGroup instead of handle`;
  throw new ApiaryError('HANDLER_INVALID', message);
}
