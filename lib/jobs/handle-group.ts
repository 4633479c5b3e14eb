import {
  type BoundHandler,
  type HandlerOptions,
  type JobContext,
  type JobDefinition,
  requireHandler,
  untyped,
} from './define.ts';

/** A job as the handler of its group gets it. */
export interface GroupedJob<Data = unknown> {
  readonly id: string;
  readonly data: Data;
  /** The string map that its producer sent along; `{}` when none. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it was added, epoch ms. */
  readonly addedAt: number;
}

/** What the handler of a group is given beside its jobs: the context of the job that carries them. */
export interface GroupContext extends JobContext {
  /** The name of the group; null for a job that was added without one. */
  readonly group: string | null;
}

/** What runs the jobs of a group, in the order in which they joined: what it returns or resolves with is the result. */
export type GroupHandlerFunction<Data = unknown> = (
  jobs: readonly GroupedJob<Data>[],
  ctx: GroupContext,
) => unknown;

/**
 * Binds a handler for whole groups to a definition, which has to say `group`. One call gets all jobs of a group that
 * is due; a throw fails the call as a whole, and all are handed over again. A job that was added without a group, or is
 * run alone by hand, comes as a list of one. Middleware sees the list in the place of the data.
 */
export function handleGroup<Input, Data>(
  definition: JobDefinition<Input, Data>,
  run: GroupHandlerFunction<Data>,
  options: HandlerOptions<readonly GroupedJob<Data>[]> = {},
): BoundHandler {
  requireHandler('handleGroup', { definition, run, options });
  const { isFailure, middleware } = options;
  return {
    definition: untyped(definition),
    // The worker makes the list and parses with this very definition before it calls, so both have the types by then.
    run: (jobs, ctx) => callUnlessEmpty(run, jobs as readonly GroupedJob<Data>[], ctx as GroupContext),
    takesGroups: true,
    ...(isFailure ? { isFailure } : {}),
    // Likewise: it is called with what `run` is called with.
    ...(middleware ? { middleware: middleware as NonNullable<BoundHandler['middleware']> } : {}),
  };
}

/** When none of its jobs had valid data, nothing is left to be done. */
function callUnlessEmpty<Data>(
  run: GroupHandlerFunction<Data>,
  jobs: readonly GroupedJob<Data>[],
  ctx: GroupContext,
): unknown {
  return jobs.length === 0 ? undefined : run(jobs, ctx);
}
