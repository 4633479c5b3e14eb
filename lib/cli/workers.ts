import type { WorkerInfo } from '../inspector/inspector.ts';
import { durationText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { show, tableOrNone, when } from './show.ts';
import type { Column } from './table.ts';
import { text } from './values.ts';

/** `apiary workers`: lists the live workers, and what each runs. */
export const workers = defineCommand({
  takes: {},
  options: { queue: text('queue', 'only those that serve this queue') },
  run: async (call, { queue }) => {
    const { inspector } = await call.open();
    const all = await inspector.workers();
    const found =
      queue === undefined ? all : all.filter(({ queues }) => queues.some(({ name }) => name === queue));
    return show(call, { workers: found }, ({ workers: shown }) =>
      tableOrNone(call, columns(call), shown, 'no worker is alive: what waits is not run'),
    );
  },
});

function columns(call: Call): Column<WorkerInfo>[] {
  return [
    { head: 'WORKER', cell: ({ host, pid }) => `${host}:${pid}` },
    { head: 'STATUS', cell: (worker) => statusText(worker, call.now()) },
    { head: 'STARTED', cell: ({ startedAt }) => when(call, startedAt) },
    { head: 'VERSION', cell: ({ version }) => version },
    {
      head: 'QUEUES',
      cell: ({ queues, strict }) =>
        queues.map(({ name, weight }) => (strict ? name : `${name}=${weight}`)).join(','),
    },
    { head: 'RUNS', cell: ({ runningCount, concurrency }) => `${runningCount} of ${concurrency}` },
    { head: 'LONGEST', cell: (worker) => longestText(worker, call.now()) },
  ];
}

function statusText({ status, blockedSince }: WorkerInfo, now: number): string {
  return blockedSince === undefined ? status : `${status}, blocked for ${durationText(now - blockedSince)}`;
}

/** What runs longest, and first what does not stop. */
function longestText({ running }: WorkerInfo, now: number): string {
  const [longest] = [...running].sort(
    (one, other) => (one.stuckSince ?? one.startedAt) - (other.stuckSince ?? other.startedAt),
  );
  if (longest === undefined) return '-';
  const { queue, id, type, startedAt, stuckSince } = longest;
  const stuck = stuckSince === undefined ? '' : ', stuck';
  return `${type} ${queue} ${id} for ${durationText(now - startedAt)}${stuck}`;
}
