export type { AlertState, StoredAlert, StoredMessage } from '../engine/alerts/stored-alerts.ts';
export type { UnreadableQueue, VisitedQueues } from '../engine/discovery/each-queue.ts';
export { DEFAULT_PRIORITY, JOB_STATES, type JobState, LOWEST_PRIORITY } from '../engine/keys.ts';
export { Batches, type BatchInfo } from '../engine/links/batches.ts';
export type { Acceptor, Contract, Contracts } from '../engine/queries/contracts.ts';
export type { HistoryDay } from '../engine/queries/history.ts';
export type { BlockingJob, WorkerInfo, WorkerStatus } from '../engine/queries/presence.ts';
export { isJobState } from '../engine/queries/queries.ts';
export type { WhyReason } from '../engine/queries/why.ts';
export { signalsText } from '../engine/queries/why-awaiting.ts';
export type { JobFilter } from '../engine/record/job-filter.ts';
export { CLOSED_TEXT, PRIVACIES, type Privacy } from '../engine/record/private.ts';
export { JOB_OUTCOMES, type JobOutcome, LOGGED_LEVELS } from '../engine/record/record.ts';
export { CASE_VERDICTS, type CaseMark, type CaseVerdict } from '../engine/repairs/case-marks.ts';
export type { RerunResult } from '../engine/repairs/rerun.ts';
export type { IdleState } from '../engine/repairs/withdraw.ts';
export type { Firing } from '../engine/schedules/firing.ts';
export type { ScheduleInfo } from '../engine/schedules/schedules.ts';
export type { SignalResult } from '../engine/signals/send-signal.ts';
export { MOVABLE_STATES, type MovableState, type MoveResult } from '../engine/transfer/move-jobs.ts';
export { type AlertInfo, type AlertList, Alerts } from './alerts.ts';
export type { AuditEntry, AuditKeep, AuditNote, AuditPage, AuditQuery } from './audit.ts';
export {
  BulkInspector,
  type BulkResult,
  type CancelManyOptions,
  type EndManyOptions,
  MOST_PER_MINUTE,
  type MoveManyOptions,
  type RetryManyOptions,
} from './bulk.ts';
export type { BulkRunInfo, BulkRunOrder, BulkRunStatus, SomeCounted } from './bulk-runs.ts';
export type { CancelOptions } from './cancel-options.ts';
export type { CaseOrder } from './case-order.ts';
export type { DeletionOptions } from './deletion.ts';
export {
  CASE_STATES,
  type CaseShare,
  type CaseState,
  type CaseTimes,
  type FailureCase,
  failureOfJob,
} from './failure-case.ts';
export { type FailureGroup, type FailureGroups, FailureInspector, type FailuresQuery } from './failures.ts';
export type {
  ForgetKind,
  ForgetOrder,
  ForgetReport,
  ForgetStep,
  ForgetStepOrder,
  LeftReason,
} from './forget.ts';
export { type GroupAddress, type GroupInfo, GroupInspector, type GroupPage } from './group-inspector.ts';
export type { NewData, Rescheduling } from './job-changes.ts';
export type { ErrorInfo, JobInfo } from './job-info.ts';
export type { JobLinkInfo } from './job-link-info.ts';
export type { JobPage, JobPageQuery } from './job-page.ts';
export {
  endedOf,
  isSpan,
  type JobTime,
  type JobTimes,
  type JobTimesQuery,
  type SlowestJob,
  SPAN_NAMES,
  type Span,
  type TimeBucket,
  type TimedJobs,
  type TimedType,
  type TimeSummary,
  type TimesSlot,
  type VersionEnds,
} from './job-times.ts';
export type { LineToLog } from './log-line.ts';
export type { NewKind, NewKinds } from './new-kinds.ts';
export { PrivacyInspector, type ReencryptStep } from './privacy.ts';
export type { QueueInfo } from './queue-info.ts';
export type { HeldBack, Limit, LimitsNote, QueueLimits, RateLimit, WaitingKey } from './queue-limits.ts';
export type { QueuePage, QueuePageQuery } from './queue-page.ts';
export type { RateMinute, Rates } from './rates.ts';
export type { ReopenedCase } from './reopened-cases.ts';
export type { SavedSearch } from './saved-searches.ts';
export type { SchedulePage, SchedulePageQuery } from './schedule-page.ts';
export type { JobSearch, JobSearchResult } from './search.ts';
export type { ShownOptions } from './shown-options.ts';
export { type UniqueKeyInfo, UniqueKeyInspector } from './unique-keys.ts';
export {
  ATTEMPT_ENDS,
  type AttemptEnd,
  CELL_MS,
  type LaneAttempt,
  type LaneCell,
  type WorkerLanes,
  WorkerLanesInspector,
} from './worker-lanes.ts';
export { type PacedWorker, WorkerPace } from './worker-pace.ts';
export {
  type FlowRerun,
  type StepInfo,
  type StepRule,
  type StepState,
  type SubWorkflowInfo,
  type WorkflowInfo,
  type WorkflowSummary,
  Workflows,
} from './workflows.ts';
