import type { JobInfo } from '../../../inspector/inspector.ts';

/** How many of the jobs that were looked at have a key. */
export interface KeyShare {
  /** Null stands for the jobs without a key. */
  key: string | null;
  count: number;
}

/** Counts jobs by their keys, those first that have most, `most` of them. */
export function keySharesOf(jobs: readonly Pick<JobInfo, 'options'>[], most: number): KeyShare[] {
  const counts = new Map<string | null, number>();
  for (const { options } of jobs) counts.set(options.key, (counts.get(options.key) ?? 0) + 1);
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .sort((one, other) => other.count - one.count)
    .slice(0, most);
}
