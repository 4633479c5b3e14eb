/** How a pump runs. */
export interface PumpOptions {
  /** Jobs in flight at most, over all lanes. */
  concurrency: number;
  /** Serve the lanes in their order instead of by weight. */
  strict: boolean;
  /** How long a silent worker keeps its jobs. */
  leaseMs: number;
  /** How many deaths of its workers fail a job. */
  lossLimit: number;
  /** How long a job may stay in `active` without anybody claiming it. A beat comes every third of the shorter. */
  orphanIntervalMs: number;
}
