import type { Inspector, QueueInfo, QueueLimits, Rates } from '../../inspector/inspector.ts';

/** A queue, and what is known of its load. */
export interface QueueLoad extends QueueInfo {
  rates: Pick<Rates, 'inPerMin' | 'outPerMin'>;
  /** Whether a schedule that is not paused adds to it. */
  isScheduled: boolean;
  limits: QueueLimits;
}

/** Looks at one queue. Rejects when Redis is away, or what the queue has in it cannot be read. */
export async function queueLoad(inspector: Inspector, name: string): Promise<QueueLoad> {
  const [queue, rates, schedules, note] = await Promise.all([
    inspector.queue(name),
    inspector.rates(name),
    inspector.schedules.list(name),
    inspector.limits.get(name),
  ]);
  const isScheduled = schedules.some(({ paused }) => paused === null);
  return { ...queue, rates, isScheduled, limits: note?.limits ?? {} };
}
