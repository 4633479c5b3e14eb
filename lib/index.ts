export { createLogger, type LoggerOptions } from './bunyan-logger.ts';
export * from './client.ts';
export type { JobEvents } from './engine/bee/bee.ts';
export type { BeeHandler, DoneCallback } from './engine/bee/bee-handler.ts';
export { Job, RunningJob } from './engine/bee/job.ts';
export { Queue } from './engine/bee/queue.ts';
export type { QueueEvents } from './engine/bee/queue-events.ts';
export type { JobRange, QueueSettings } from './engine/bee/queue-settings.ts';
export { byHand } from './jobs/by-hand.ts';
export {
  type BoundHandler,
  type HandlerFunction,
  type HandlerOptions,
  handle,
  type IsolatedHandlerOptions,
  type JobContext,
  type JobContextOf,
  type Middleware,
} from './jobs/define.ts';
export type { FailedJob, IsFailure } from './jobs/failed-job.ts';
export {
  type GroupContext,
  type GroupedJob,
  type GroupHandlerFunction,
  handleGroup,
} from './jobs/handle-group.ts';
export type { Isolation, IsolationOptions } from './jobs/isolation.ts';
export type { ClientOf, TransactionClient, TransactionOptions, TransactionPool } from './jobs/transaction.ts';
export { createWorker } from './open.ts';
export type { OpenWorkerOptions } from './open-options.ts';
export type { TakeOptions } from './worker/by-hand/take-options.ts';
export type { TakenJob } from './worker/by-hand/taken-job.ts';
export type { JobFacts, WorkerEvents } from './worker/events.ts';
export type { BackoffFunction, FailureOptions } from './worker/failures.ts';
export type { RetentionOptions, RetentionRule } from './worker/retention.ts';
export { Worker } from './worker/worker.ts';
