/** What is measured: its unit as the table shows it, and which way is better. */
export const METRICS = {
  jobsPerSecond: { unit: 'jobs/s', better: 'more' },
  redisMicrosPerJob: { unit: 'µs of Redis CPU per job', better: 'less' },
  nodeMicrosPerJob: { unit: 'µs of Node CPU per job', better: 'less' },
  microsPerJob: { unit: 'µs per job', better: 'less' },
  p50Ms: { unit: 'ms, p50', better: 'less' },
  p99Ms: { unit: 'ms, p99', better: 'less' },
  bytesPerJob: { unit: 'bytes of Redis per job', better: 'less' },
  warmRssMib: { unit: 'MiB resident after warm-up', better: 'less' },
  endRssMib: { unit: 'MiB resident at the end', better: 'less' },
  commandsPerSecond: { unit: 'commands of Redis per s', better: 'less' },
  idleCpuMs: { unit: 'ms of Node CPU per s', better: 'less' },
  loadMs: { unit: 'ms to load', better: 'less' },
  loadMib: { unit: 'MiB more resident by loading', better: 'less' },
  readyMs: { unit: 'ms until producer and worker run', better: 'less' },
  shareOfExpress: { unit: 'of what bare Express answers', better: 'more' },
  keysLeft: { unit: 'keys left', better: 'less' },
} as const;

/** The name of one of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

/** What one measurement of one engine found. */
export type Measured = Partial<Record<MetricName, number>>;
