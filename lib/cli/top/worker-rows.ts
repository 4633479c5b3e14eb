import type { WorkerInfo } from '../../inspector/inspector.ts';
import type { RunningRow, WorkerRow } from './facts.ts';

/** Makes a line of a worker. What another version says of itself in another shape is not known. */
export function toWorkerRow(info: WorkerInfo): WorkerRow {
  const { id, status, version, startedAt, queues, runningCount, concurrency } = info;
  return {
    id: textOf(id),
    worker: nameOf(info),
    status: textOf(status),
    version: textOf(version),
    startedAt: numberOf(startedAt),
    queues: queues.map((queue: unknown) => textOf(fieldOf(queue, 'name'))),
    runs: numberOf(runningCount),
    slots: numberOf(concurrency),
  };
}

/** Lists what runs in some workers: first what does not stop, then what runs longest. */
export function runningOf(workers: readonly WorkerInfo[]): RunningRow[] {
  return workers
    .flatMap((info) => info.running.map((job: unknown) => toRunningRow(job, nameOf(info))))
    .sort((one, other) => Number(other.isStuck) - Number(one.isStuck) || one.startedAt - other.startedAt);
}

function toRunningRow(job: unknown, worker: string): RunningRow {
  return {
    queue: textOf(fieldOf(job, 'queue')),
    id: textOf(fieldOf(job, 'id')),
    type: textOf(fieldOf(job, 'type')),
    startedAt: numberOf(fieldOf(job, 'startedAt')),
    isStuck: typeof fieldOf(job, 'stuckSince') === 'number',
    worker,
  };
}

function nameOf({ host, pid }: WorkerInfo): string {
  return `${textOf(host)}:${numberOf(pid)}`;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
