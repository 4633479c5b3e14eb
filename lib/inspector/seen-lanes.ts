import type { WorkerInfo } from '../engine/queries/presence.ts';
import { meantWorkers } from './find-workers.ts';
import { seenWorkers } from './seen-workers.ts';
import type { LaneAttempt, LaneCell, WorkerLanes, WorkerLanesInspector } from './worker-lanes.ts';

/** What reading lanes for somebody works with. */
interface LaneSource {
  workers(): Promise<WorkerInfo[]>;
  workerLanes: Pick<WorkerLanesInspector, 'read'>;
}

/**
 * Reads the lanes of workers for who may see some queues only; see {@link WorkerLanesInspector.read}. Workers that
 * serve none of those are not there for them.
 */
export async function readSeenLanes(
  source: LaneSource,
  which: string,
  isSeen: (queue: string) => boolean,
): Promise<WorkerLanes[]> {
  meantWorkers(seenWorkers(await source.workers(), isSeen), which);
  const lanes = await source.workerLanes.read(which);
  return lanes.flatMap((one) => {
    const [seen] = seenWorkers([one.worker], isSeen);
    return seen ? [seenLanes(one, seen, isSeen)] : [];
  });
}

/**
 * What may be seen of lanes by who may see some queues only: `seen` is the worker as it is shown to them. Of attempts
 * of other queues only the time is told for which they took a slot, and counts only where there are none of those.
 */
function seenLanes(
  { worker, cells, attempts, ...lanes }: WorkerLanes,
  seen: WorkerInfo,
  isSeen: (queue: string) => boolean,
): WorkerLanes {
  const seesAll = worker.queues.every(({ name }) => isSeen(name));
  return {
    ...lanes,
    worker: seen,
    cells: seesAll ? cells : cells.map(withoutCounts),
    attempts: attempts.map((one) => (one.queue !== null && isSeen(one.queue) ? one : withoutNames(one))),
  };
}

function withoutCounts({ at, busyMs }: LaneCell): LaneCell {
  return { at, busyMs, succeeded: null, failed: null, others: null };
}

function withoutNames({ startedAt, endedAt }: LaneAttempt): LaneAttempt {
  return { queue: null, id: null, type: null, startedAt, endedAt, end: endedAt === null ? 'running' : null };
}
