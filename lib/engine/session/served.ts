/** One call to Redis, in ms of the clock's growing time, and when Redis carried it out, by Redis's own clock. */
export interface Served {
  sentAt: number;
  repliedAt: number;
  redisNow: number;
}

/** How far Redis's clock was ahead when it carried a call out; a call that came late makes it seem further ahead. */
export function offsetOf({ sentAt, redisNow }: Served): number {
  return redisNow - sentAt;
}
