// All of the package apiary-jobs-client, for who adds jobs, waits for them and looks at them; see compose/client/.
export type { ConsoleLike } from './console-logger.ts';
export type { JobEnd, JobEndError } from './engine/ends/job-end.ts';
export type { JobState } from './engine/keys.ts';
export type { PaceChange } from './engine/queries/worker-order.ts';
export type { Firing, TickOutcome } from './engine/schedules/firing.ts';
export type { Occurrence, RepeatedTime, SkippedTime } from './engine/schedules/occurrences.ts';
export type { MissedPolicy, OverlapPolicy } from './engine/schedules/schedule.ts';
export type { ScheduleInfo, Schedules } from './engine/schedules/schedules.ts';
export type { SignalResult } from './engine/signals/send-signal.ts';
export type { RemovalResult, RepairResult } from './engine/store/repair-result.ts';
export {
  ApiaryError,
  AwaitsSignal,
  DiscardJob,
  ERROR_CODES,
  type ErrorCode,
  RetryAfter,
  RetryLater,
} from './errors.ts';
export {
  type AllEventsOptions,
  type EventStream,
  type InspectorEvents,
  QUEUE_EVENTS,
  type QueueEvent,
  type QueueEventName,
  type QueueEventsOptions,
} from './inspector/events.ts';
export {
  type Acceptor,
  type AlertInfo,
  type AlertList,
  type AuditEntry,
  type AuditNote,
  type AuditPage,
  type AuditQuery,
  type Batches,
  type BatchInfo,
  type BlockingJob,
  BulkInspector,
  type BulkResult,
  type CancelManyOptions,
  type CancelOptions,
  type Contract,
  type Contracts,
  type DeletionOptions,
  type EndManyOptions,
  type FailureGroup,
  type FailureGroups,
  FailureInspector,
  type FlowRerun,
  type ForgetKind,
  type ForgetOrder,
  type ForgetReport,
  type ForgetStep,
  type ForgetStepOrder,
  type GroupAddress,
  type GroupInfo,
  GroupInspector,
  type GroupPage,
  type HeldBack,
  type HistoryDay,
  type IdleState,
  Inspector,
  type JobFilter,
  type JobInfo,
  type JobLinkInfo,
  type JobPage,
  type JobPageQuery,
  type JobSearch,
  type JobSearchResult,
  type JobTimes,
  type JobTimesQuery,
  type LeftReason,
  type Limit,
  type LimitsNote,
  type LineToLog,
  type NewData,
  type PacedWorker,
  type PrivacyInspector,
  type QueueInfo,
  type QueueLimits,
  type QueuePage,
  type QueuePageQuery,
  type RateLimit,
  type RateMinute,
  type Rates,
  type ReencryptStep,
  type RerunResult,
  type Rescheduling,
  type SchedulePage,
  type SchedulePageQuery,
  type StepInfo,
  type SubWorkflowInfo,
  type UniqueKeyInfo,
  UniqueKeyInspector,
  type UnreadableQueue,
  type VisitedQueues,
  type WaitingKey,
  type WhyReason,
  type WorkerInfo,
  WorkerPace,
  type WorkerStatus,
  type WorkflowInfo,
  type WorkflowSummary,
  Workflows,
} from './inspector/inspector.ts';
export { type TimelineEntry, type TimelineKind, timelineOf } from './inspector/timeline.ts';
export { AddManyError, type ManyResult } from './jobs/add-many.ts';
export type { AddedBatch, NewBatch } from './jobs/batch.ts';
export type { AddedChain } from './jobs/chain.ts';
export { type BatchSummary, defineJob, type JobDefinition, type ResultsOf } from './jobs/define.ts';
export {
  type Durability,
  type DurableAddOptions,
  NotDurableError,
  type StoredJob,
} from './jobs/durability.ts';
export type { GroupOptions, GroupSettings } from './jobs/group.ts';
export type { SentSignal, SignalOptions } from './jobs/job-signaller.ts';
export type { AddOptions, BackoffOptions, JobOptions, JobRetention } from './jobs/options.ts';
export { jobFor, type LinkedAddress, type PlannedJob } from './jobs/planned-job.ts';
export { type Added, Producer } from './jobs/producer.ts';
export type { ProducerSchedules, ScheduleChange } from './jobs/producer-schedules.ts';
export {
  type DeclaredSchedule,
  nextFirings,
  type RawSchedule,
  type ScheduledJobOptions,
  type ScheduleOptions,
  schedule,
} from './jobs/schedule.ts';
export type {
  SignalData,
  SignalInput,
  SignalName,
  SignalSchemas,
  SignalWaitOptions,
  WaitedSignal,
} from './jobs/signals.ts';
export type { UniqueOptions } from './jobs/unique.ts';
export type { FinishedJob, JobAddress, WaitOptions } from './jobs/wait.ts';
export type { AddWarning } from './jobs/worker-check.ts';
export type { AddedWorkflow, WorkflowOptions } from './jobs/workflow.ts';
export type {
  DescribePart,
  DescribeWorkflow,
  StepOptions,
  StepTies,
  WorkflowBuilder,
  WorkflowStep,
} from './jobs/workflow-builder.ts';
export type { EncryptionOptions } from './keyring.ts';
export type { LogFields, Logger, LogLevel } from './logger.ts';
export { createInspector, createProducer } from './open-client.ts';
export type { OpenOptions, OpenProducerOptions } from './open-client-options.ts';
