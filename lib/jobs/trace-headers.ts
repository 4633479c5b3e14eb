import type { TraceHeaders } from '../tracing.ts';
import type { JobOptions } from './options.ts';

/**
 * Adds trace context to options; headers of a call replace those of the type, and what either says of the trace stays.
 */
export function withTrace<Options extends Omit<JobOptions, 'id'>>(
  { defaults }: { defaults: JobOptions },
  options: Options,
  trace: TraceHeaders,
): Options {
  const given: unknown = options.headers ?? defaults.headers ?? {};
  // What is no map is refused where options are checked.
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return options;
  return 'traceparent' in given ? options : { ...options, headers: { ...trace, ...given } };
}
