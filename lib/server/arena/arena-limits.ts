import type { Inspector, QueueLimits } from '../../inspector/inspector.ts';
import { toFields } from './arena-body.ts';

/** Reads the limits that the page of a queue wants; what it has no field for stays as it is. */
export async function limitsOf(inspector: Inspector, queue: string, body: unknown): Promise<QueueLimits> {
  const { concurrency, max, duration } = toFields(body);
  const { rate: before, ...others } = (await inspector.limits.get(queue))?.limits ?? {};
  const limits: Record<string, unknown> = { ...others };
  delete limits['concurrency'];
  if (isGiven(concurrency)) limits['concurrency'] = concurrency;
  if (isGiven(max) || isGiven(duration)) limits['rate'] = { ...before, count: max, perMs: duration };
  // They are checked where they are set.
  return limits as QueueLimits;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
