import { checkOptions, type OptionsShape } from '../check-options.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import { ISOLATION, loadIsolated } from './isolation.ts';

/** What a handler is made of, whatever was given. */
export interface GivenHandler {
  run: unknown;
  options: unknown;
  /** Whether it is a module that runs isolated; default false. */
  isIsolated?: boolean;
}

/** Throws CONFIG_INVALID for a handler that is no function, and for options other than those of the shape. */
export function requireRun(
  entry: string,
  shape: OptionsShape,
  { run, options, isIsolated = false }: GivenHandler,
): void {
  if (typeof run !== 'function' && !isIsolated)
    throw new ApiaryError(
      'CONFIG_INVALID',
      `${entry}: the handler must be a function, not ${describeValue(run)}`,
    );
  checkOptions(entry, isIsolated ? { ...shape, ...ISOLATION } : shape, options);
}

/** Runs the handler of a module in this process: where there is no worker, as in a test. */
export function importedHandler(file: URL): (data: unknown, ctx: unknown) => Promise<unknown> {
  return async (data, ctx) => (await loadIsolated(file))(data, ctx);
}
