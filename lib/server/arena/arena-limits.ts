import type { Inspector } from '../../inspector/inspector.ts';
import { toFields } from './arena-body.ts';

/**
 * Sets the limits of a queue to what the page of the queue says; what it has no field for stays as it is. Resolves with
 * what was done. Throws JOB_INVALID for limits that cannot be.
 */
export async function setLimits(
  inspector: Inspector,
  queue: string,
  { body, by }: { body: unknown; by: string },
): Promise<'limited' | 'lifted'> {
  const { concurrency, max, duration } = toFields(body);
  const { rate: before, ...others } = (await inspector.limits.get(queue))?.limits ?? {};
  const limits: Record<string, unknown> = { ...others };
  delete limits['concurrency'];
  if (isGiven(concurrency)) limits['concurrency'] = concurrency;
  if (isGiven(max) || isGiven(duration)) limits['rate'] = { ...before, count: max, perMs: duration };
  if (Object.keys(limits).length === 0) {
    await inspector.limits.lift(queue, by);
    return 'lifted';
  }
  await inspector.limits.set(queue, limits, by);
  return 'limited';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
