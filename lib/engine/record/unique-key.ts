/** The key that a job is added under, which at most one job of the queue holds. */
export interface UniqueKey {
  key: string;
  /** How long it is held at most, counted from the start of the job; null for as long as the job goes on. */
  ttlMs: number | null;
  /** What becomes of the new job where another one holds the key. */
  onConflict: 'return' | 'reject' | 'replace';
  /** `end`: held until the job has ended; `ttl`: for the whole of `ttlMs`, also when it has ended before. */
  release: 'end' | 'ttl';
}
