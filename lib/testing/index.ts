export type { Duration } from './duration.ts';
export type { JobAddress, JobReport, ReportedOutcome } from './job-report.ts';
export { testApiary } from './open-kit.ts';
export { type RanJob, type RunContext, runJob } from './run-job.ts';
export type { DrainOptions, RunLimits, TestApiary, TestApiaryOptions } from './test-apiary.ts';
export { testQueueName } from './test-queue-name.ts';
export { startTestRedis, type TestRedis } from './test-redis.ts';
export { type FinishOptions, untilFinished } from './until-finished.ts';
