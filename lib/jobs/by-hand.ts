import { ApiaryError } from '../errors.ts';
import { type BoundHandler, type HandlerOptions, handle, requireHandler } from './define.ts';
import type { JobDefinition } from './definition.ts';

/**
 * Stands for the handler of a type whose jobs are taken and ended by hand, with `worker.take`: a worker has such types
 * alone, or none. Throws CONFIG_INVALID for what is no definition, and for options that cannot be.
 */
export function byHand<Input, Data, Result, Reads>(
  definition: JobDefinition<Input, Data, Result, Reads>,
  options: HandlerOptions<Data> = {},
): BoundHandler {
  const run = (): never => {
    const message = `jobs of type ${definition.type} are taken by hand, so nothing runs them here`;
    throw new ApiaryError('HANDLER_INVALID', message);
  };
  requireHandler('byHand', { definition, run, options });
  return { ...handle(definition, run, options), byHand: true };
}
