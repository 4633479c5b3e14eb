/** What a queue asks of its workers. */
export interface Demand {
  waiting: number;
  /** Whether jobs are delayed, in groups, or to be fired by schedules: only a worker lets them become waiting. */
  isExpecting: boolean;
  /** Whether workers are kept from taking its jobs. */
  isPaused: boolean;
  /** Slots in which its jobs run, on average over the time that the rates are of. */
  busySlots: number;
  /** Jobs that come and that end, per minute; null when nobody knows. */
  inPerMin: number | null;
  outPerMin: number | null;
  /** Live workers that take its jobs, and the slots of one. */
  workers: number;
  slotsEach: number;
  /** What its own limits allow, over all workers; null where they set none. */
  mostRunning: number | null;
  mostPerMin: number | null;
}

/** In how many seconds what waits is to be worked off, and how many workers are recommended at most. */
export interface RecommendationRule {
  backlogSeconds: number;
  most: number;
}

const RULE: RecommendationRule = { backlogSeconds: 60, most: 1_000 };
/** What adding up leaves behind the point is no reason for one more. */
const ROUNDING = 1e-9;

/**
 * Recommends how many workers, of the slots that they have now, should serve a queue: by default so that what waits is
 * gone in a minute, and 1,000 at most. At least 1 as long as there is anything to do or to expect, 0 for an idle queue.
 */
export function recommendWorkers(
  demand: Demand,
  { backlogSeconds, most }: RecommendationRule = RULE,
): number {
  const { isPaused, isExpecting, busySlots, waiting, inPerMin } = demand;
  const isBusy = busySlots > 0 || (!isPaused && waiting + (inPerMin ?? 0) > 0);
  if (!isBusy && !isExpecting) return 0;
  const needed = isPaused ? 0 : workersNeeded(demand, backlogSeconds);
  return Math.min(most, Math.max(1, Math.ceil(needed - ROUNDING)));
}

/**
 * By Little's law (how many are inside = rate × time inside) a job takes `busySlots / outPerMin` minutes of a slot, its
 * further attempts included; and what comes keeps its rate times that time of slots busy, as far as the limits let it.
 */
function workersNeeded(demand: Demand, backlogSeconds: number): number {
  const { waiting, busySlots, inPerMin, outPerMin, workers, slotsEach, mostPerMin } = demand;
  const mostRunning = demand.mostRunning ?? Infinity;
  const isUnknown = outPerMin === null || (outPerMin === 0 && busySlots === 0);
  if (isUnknown) return workers;
  // None has ended for minutes: each takes so long that it needs a slot of its own.
  if (outPerMin === 0) return Math.min(busySlots + waiting, mostRunning) / slotsEach;
  const minutesEach = busySlots / outPerMin;
  const forArrivals = (inPerMin ?? 0) * minutesEach;
  // More slots than jobs would not make them shorter.
  const forBacklog = waiting * Math.min(1, (60 * minutesEach) / backlogSeconds);
  const mostByRate = mostPerMin === null ? Infinity : mostPerMin * minutesEach;
  return Math.min(forArrivals + forBacklog, mostRunning, mostByRate) / slotsEach;
}
