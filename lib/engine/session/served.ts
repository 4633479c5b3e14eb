/** One call to Redis, in ms of the clock's growing time, and when Redis carried it out, by Redis's own clock. */
export interface Served {
  sentAt: number;
  repliedAt: number;
  redisNow: number;
}

/** How a call went, by how far Redis's clock was ahead before it. */
export type Service = 'prompt' | 'late' | 'clockSet';

/** How far Redis's clock was ahead when it carried a call out; a call that came late makes it seem further ahead. */
export function offsetOf({ sentAt, redisNow }: Served): number {
  return redisNow - sentAt;
}

/**
 * Tells a call that came late to Redis from one that shows that Redis's clock was set. The first was carried out
 * between its start and its answer, so the clock seems to be further ahead by as much as it took, and no more.
 */
export function serviceOf(served: Served, offsetMs: number, toleratedMs: number): Service {
  const [least, most] = [served.redisNow - served.repliedAt, offsetOf(served)];
  if (most < offsetMs - toleratedMs || least > offsetMs + toleratedMs) return 'clockSet';
  return most > offsetMs + toleratedMs ? 'late' : 'prompt';
}
