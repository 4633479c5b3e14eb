import type { TickOutcome } from '../engine/schedules/firing.ts';
import type { BULK_RUN_ENDS, BULK_RUN_OPERATIONS, SAVED_SEARCH_OPERATIONS } from './bulk-run-operations.ts';
import type { CaseOrder, IdleState, Inspector } from './inspector.ts';
import type { JOB_OPERATIONS } from './operations.ts';
import type { QueueLimits } from './queue-limits.ts';
import { type Operation, said, told } from './told.ts';
import type { WORKER_OPERATIONS } from './worker-operations.ts';
import type { WORKFLOW_OPERATIONS } from './workflow-operations.ts';

/** Which queue is to be changed, or which schedule of it, and for whom. */
export interface QueueTarget {
  queue: string;
  by: string;
}

/** A schedule of a queue. */
export interface ScheduleTarget extends QueueTarget {
  schedule: string;
}

/** A group of a queue: those of two types are two groups, also under one name. */
export interface GroupTarget extends QueueTarget {
  type: string;
  group: string;
}

/** What putting a schedule did. */
export type SchedulePut = 'created' | 'replaced' | 'unchanged';

/** Every operation on a queue as a whole. */
export const QUEUE_OPERATIONS = {
  pause: {
    action: 'pause',
    summary: 'Stops all workers from taking jobs of the queue, until it is resumed.',
    run: async (inspector: Inspector, { queue, by }: QueueTarget) =>
      told(await inspector.pause(queue, by), `Queue ${queue} is paused.`, `queue ${queue} is paused already`),
  },
  resume: {
    action: 'resume',
    summary: 'Lets workers take jobs of the queue again.',
    run: async (inspector: Inspector, { queue }: QueueTarget) =>
      told(await inspector.resume(queue), `Queue ${queue} goes on.`, `queue ${queue} is not paused`),
  },
  delete: {
    action: 'delete queue',
    summary: 'Deletes a queue with all that there is of it; jobs that run only where that is asked for.',
    run: async (inspector: Inspector, { queue }: QueueTarget, given: { force: boolean; running?: boolean }) =>
      told(
        await inspector.deleteQueue(queue, given),
        `Queue ${queue} is deleted.`,
        `there is no queue ${queue}`,
      ),
  },
  retryFailures: {
    action: 'retry failures',
    summary: 'Offers the failed jobs again whose errors are of one kind.',
    run: async (inspector: Inspector, { queue }: QueueTarget, { fingerprint }: { fingerprint: string }) => {
      const result = await inspector.bulk.retry(queue, { fingerprint });
      const { done: count } = result;
      const text = told(
        count > 0,
        `${count === 1 ? '1 job' : `${count.toLocaleString('en')} jobs`} of queue ${queue} will run again.`,
        `no failed job of queue ${queue} has an error of this kind any more`,
      );
      return { ...text, result };
    },
  },
  markFailures: {
    action: 'mark failures',
    summary: 'Says of a kind of failure that it is ignored, resolved or open, with a note.',
    run: async (
      { failures }: Inspector,
      { queue, by }: QueueTarget,
      { fingerprint, ...order }: CaseOrder & { fingerprint: string },
    ) => {
      await failures.mark(queue, fingerprint, order, by);
      const where = order.version ? ` in version ${order.version}` : '';
      return said(`This kind of failure of queue ${queue} is ${order.verdict}${where}.`);
    },
  },
  clean: {
    action: 'clean',
    summary: 'Removes the oldest jobs of one state.',
    run: async (
      inspector: Inspector,
      { queue }: QueueTarget,
      { state, most }: { state: IdleState; most: number },
    ) => said(`${await inspector.clean(queue, state, most)} ${state} removed`),
  },
  limit: {
    action: 'limit',
    summary: 'Sets the limits of a queue, or lifts them where none is left.',
    run: async (inspector: Inspector, { queue, by }: QueueTarget, limits: QueueLimits) => {
      if (Object.keys(limits).length > 0) {
        await inspector.limits.set(queue, limits, by);
        return said(`Queue ${queue} is limited.`);
      }
      const wasLimited = await inspector.limits.lift(queue, by);
      return told(wasLimited, `Queue ${queue} is not limited any more.`, `queue ${queue} is not limited`);
    },
  },
  record: {
    action: 'record events',
    summary: 'Has the events of a queue written for good, or no longer than somebody listens.',
    run: async ({ events }: Inspector, { queue }: QueueTarget, { isOn }: { isOn: boolean }) => {
      const wasOn = await events.areRecorded(queue);
      await events.record(queue, isOn);
      const how = isOn ? 'for good' : 'no longer than somebody listens';
      return told(
        wasOn !== isOn,
        `Events of queue ${queue} are kept ${how}.`,
        `they are kept ${how} already`,
      );
    },
  },
  freeKey: {
    action: 'free unique key',
    summary: 'Lets go of a unique key; the job that held it goes on, and one that waited for it may start.',
    run: async ({ uniqueKeys }: Inspector, { queue }: QueueTarget, { key }: { key: string }) => {
      const holderId = await uniqueKeys.free(queue, key);
      const text = `Job ${holderId} does not hold the unique key ${key} any more.`;
      return { ...told(holderId !== null, text, `no job holds the unique key ${key}`), holderId };
    },
  },
  refill: {
    action: 'refill',
    summary: 'Fills the buckets of the rates of a queue: what waits for a token may begin.',
    run: async (inspector: Inspector, { queue }: QueueTarget) => {
      await inspector.limits.refill(queue);
      return said(`The buckets of queue ${queue} are full.`);
    },
  },
} as const satisfies Record<string, Operation<QueueTarget>>;

/** Every operation on a schedule. */
export const SCHEDULE_OPERATIONS = {
  pause: {
    action: 'pause schedule',
    summary: 'Keeps a schedule from firing, until it is resumed.',
    run: async ({ schedules }: Inspector, { queue, schedule, by }: ScheduleTarget) =>
      told(
        await schedules.pause(queue, schedule, by),
        `Schedule ${schedule} is paused.`,
        `schedule ${schedule} is paused already`,
      ),
  },
  resume: {
    action: 'resume schedule',
    summary: 'Lets a schedule fire again, from its next tick on.',
    run: async ({ schedules }: Inspector, { queue, schedule }: ScheduleTarget) =>
      told(
        await schedules.resume(queue, schedule),
        `Schedule ${schedule} goes on from its next tick.`,
        `schedule ${schedule} is not paused`,
      ),
  },
  fire: {
    action: 'fire schedule',
    summary: 'Adds a job of a schedule now.',
    run: async ({ schedules }: Inspector, { queue, schedule }: ScheduleTarget) => {
      const { outcome, jobId } = await schedules.fireNow(queue, schedule);
      if (outcome === 'fired')
        return { ...said(`Schedule ${schedule} fired: job ${jobId} was added.`), jobId };
      const instead = `schedule ${schedule} did not fire: ${NOT_FIRED[outcome](jobId)}`;
      return { ...told(false, '', instead), jobId };
    },
  },
  put: {
    action: 'put schedule',
    summary: 'Adds a schedule, or changes the one of that name.',
    run: async (_: Inspector, { schedule }: ScheduleTarget, { put }: { put: () => Promise<SchedulePut> }) => {
      const change = await put();
      const isChanged = change !== 'unchanged';
      return {
        ...told(isChanged, `Schedule ${schedule} was ${change}.`, `schedule ${schedule} was so before`),
        change,
      };
    },
  },
  remove: {
    action: 'remove schedule',
    summary: 'Removes a schedule; what it fired stays.',
    run: async ({ schedules }: Inspector, { queue, schedule }: ScheduleTarget) =>
      told(
        await schedules.remove(queue, schedule),
        `Schedule ${schedule} is removed.`,
        `queue ${queue} has no schedule ${schedule}`,
      ),
  },
} as const satisfies Record<string, Operation<ScheduleTarget>>;

/** Every operation on a group. */
export const GROUP_OPERATIONS = {
  fire: {
    action: 'fire group',
    summary: 'Hands over what has joined a group at once; jobs of it that are delayed stay.',
    run: async ({ groups }: Inspector, { queue, type, group }: GroupTarget) => {
      const jobs = await groups.fire(queue, { type, name: group });
      return { ...said(`${jobs} jobs of group ${group} were handed over.`), jobs };
    },
  },
  remove: {
    action: 'remove group',
    summary: 'Removes all jobs that wait in a group, delayed ones too.',
    run: async ({ groups }: Inspector, { queue, type, group }: GroupTarget) => {
      const jobs = await groups.remove(queue, { type, name: group });
      return { ...said(`${jobs} jobs of group ${group} were removed.`), jobs };
    },
  },
} as const satisfies Record<string, Operation<GroupTarget>>;

/** Says of a firing that added no job why not. */
const NOT_FIRED: Readonly<Record<Exclude<TickOutcome['outcome'], 'fired'>, (jobId: string) => string>> = {
  overlap: (jobId) => `job ${jobId} of an earlier tick has not ended`,
  unique: (jobId) => `job ${jobId} holds the unique key`,
  exists: (jobId) => `there was a job ${jobId} already`,
};

/** What the audit stream may call a change. */
export type AuditAction =
  | (typeof JOB_OPERATIONS)[keyof typeof JOB_OPERATIONS]['action']
  | (typeof QUEUE_OPERATIONS)[keyof typeof QUEUE_OPERATIONS]['action']
  | (typeof SCHEDULE_OPERATIONS)[keyof typeof SCHEDULE_OPERATIONS]['action']
  | (typeof GROUP_OPERATIONS)[keyof typeof GROUP_OPERATIONS]['action']
  | (typeof WORKER_OPERATIONS)[keyof typeof WORKER_OPERATIONS]['action']
  | (typeof WORKFLOW_OPERATIONS)[keyof typeof WORKFLOW_OPERATIONS]['action']
  | (typeof BULK_RUN_OPERATIONS)[keyof typeof BULK_RUN_OPERATIONS]['action']
  | (typeof SAVED_SEARCH_OPERATIONS)[keyof typeof SAVED_SEARCH_OPERATIONS]['action']
  | typeof BULK_RUN_ENDS
  | 'add'
  | 'import'
  | 'reencrypt'
  | 'forget';
