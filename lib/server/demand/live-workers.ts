import type { WorkerInfo } from '../../inspector/inspector.ts';

/** The live workers of a queue. */
export interface QueueWorkers {
  /** How many take jobs from it. */
  taking: number;
  /**
   * Slots of one of them on average; null when there is none. A worker of several queues shares its slots among them.
   */
  slotsEach: number | null;
  /** Slots of all live workers in which a job of the queue runs. */
  busy: number;
  /** Those of them whose handler was told to stop and goes on. */
  stuck: number;
}

/** What the live workers, as they speak of themselves, are for one queue. */
export function workersOf(queue: string, workers: readonly WorkerInfo[]): QueueWorkers {
  const taking = workers.filter(
    ({ status, queues }) => status === 'running' && queues.some(({ name }) => name === queue),
  );
  const slots = sum(taking.map(({ concurrency }) => concurrency));
  return {
    taking: taking.length,
    slotsEach: taking.length === 0 ? null : slots / taking.length,
    busy: sum(workers.map((worker) => busyOf(queue, worker))),
    stuck: sum(
      workers.map(({ running }) => running.filter((job) => job.queue === queue && isStuck(job)).length),
    ),
  };
}

/**
 * A worker lists a part of its jobs when they are many, and counts all slots: the rest is taken to be like the part. Of
 * handlers that lost their slots, which are listed too, that makes no more than there is.
 */
function busyOf(queue: string, { running, runningCount }: WorkerInfo): number {
  const listed = running.filter((job) => job.queue === queue).length;
  return running.length === 0 ? 0 : (listed / running.length) * runningCount;
}

function isStuck({ stuckSince }: WorkerInfo['running'][number]): boolean {
  return stuckSince !== undefined;
}

/** The sum of numbers; 0 of none. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
