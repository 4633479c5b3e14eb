import type { ActiveJob } from '../engine/active-job.ts';
import type { JobFacts } from './events.ts';

/** Which job it is, as events tell it and every log record about it carries it. */
export function factsOf({ queue, type, id, attempt }: ActiveJob): JobFacts {
  return { queue, type, id, attempt };
}
