/** The job of a failed attempt, as the functions see it that judge the failure. */
export interface FailedJob {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  /** The attempt that failed, 1 for the first. */
  readonly attempt: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As the producer gave it, not as the schema made it. */
  readonly data: unknown;
  /** How many retries are left to it. */
  readonly retriesLeft: number;
  /** What its back-off says of the first delay; 1,000 where it says nothing. */
  readonly delayMs: number;
}

/**
 * Answers with `false` for an error that is no failure, such as a remote's rate limit or a lock that is held: the job
 * comes again after its back-off and spends no retry.
 */
export type IsFailure = (error: Error, job: FailedJob) => boolean;
