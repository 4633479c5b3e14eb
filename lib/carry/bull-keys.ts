/** The keys of a queue of Bull or BullMQ that tell of its jobs and schedules. */
export interface BullKeys {
  /** String that counts ids: each queue that ever had a job has it. */
  id: string;
  /** Lists, in which the right end is served first. */
  wait: string;
  paused: string;
  active: string;
  /** Sorted sets; the score of the first is the time times 4,096, with a number that keeps the order. */
  delayed: string;
  prioritized: string;
  failed: string;
  completed: string;
  waitingChildren: string;
  /** Sorted set of schedules by their next tick. */
  repeat: string;
  /** Hash with what is set for the queue. */
  meta: string;
  /** The hash of a job. */
  job(id: string): string;
  /** The string that is there while a worker runs a job. */
  lock(id: string): string;
  /** The hash of a schedule. */
  schedule(key: string): string;
}

/** Names them. */
export function bullKeys(prefix: string, queue: string): BullKeys {
  const start = `${prefix}:${queue}:`;
  return {
    id: `${start}id`,
    wait: `${start}wait`,
    paused: `${start}paused`,
    active: `${start}active`,
    delayed: `${start}delayed`,
    prioritized: `${start}prioritized`,
    failed: `${start}failed`,
    completed: `${start}completed`,
    waitingChildren: `${start}waiting-children`,
    repeat: `${start}repeat`,
    meta: `${start}meta`,
    job: (id) => start + id,
    lock: (id) => `${start}${id}:lock`,
    schedule: (key) => `${start}repeat:${key}`,
  };
}

/** What Bull makes of the time in the score of a delayed job. */
export const SCORE_PER_MS = 4_096;
