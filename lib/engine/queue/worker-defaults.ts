/** How long a silent worker keeps its jobs, in ms, unless it says otherwise. */
export const LEASE_MS = 10_000;

/** How many deaths of its workers fail a job, unless the queue says otherwise. */
export const LOSS_LIMIT = 3;

/** How long a job may stay in `active` without anybody claiming it, in ms; bee-queue's default too. */
export const ORPHAN_INTERVAL_MS = 5_000;

/** How long a handler may go on after its timeout before its slot is taken from it, in ms. */
export const TIMEOUT_GRACE_MS = 30_000;

/** How long duties beside the jobs are waited for at the end, in ms: one may wait for Redis as long as that is away. */
export const DUTY_GRACE_MS = 1_000;
