import { MOST_SLOTS } from '../engine/queries/worker-order.ts';
import type { WorkerInfo } from '../inspector/inspector.ts';
import { byHost, type WorkerHost } from '../inspector/worker-hosts.ts';
import { durationText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { show, tableOrNone, when } from './show.ts';
import type { Column } from './table.ts';
import { maybe, text, whole } from './values.ts';
import { CHANGES, changePace } from './workers-pace.ts';

/** `apiary workers`: lists the live workers, and what each runs; or tells some how much to run. */
export const workers = defineCommand({
  takes: {
    change: maybe(`what to change: ${CHANGES.join(', ')}; default nothing, and they are listed`),
    which: maybe('the id of a worker, its host:pid, that of its parent, or a host'),
  },
  options: {
    queue: text('queue', 'only those that serve this queue'),
    to: whole('how many jobs each runs at once', { least: 1, most: MOST_SLOTS }),
  },
  run: async (call, { change, which, queue, to }) => {
    const { inspector } = await call.open();
    if (change !== undefined) return changePace(call, inspector, { change, which, to });
    const all = await inspector.workers();
    const found =
      queue === undefined ? all : all.filter(({ queues }) => queues.some(({ name }) => name === queue));
    return show(call, { workers: found }, ({ workers: shown }) => {
      const lines = byHost(shown).flatMap((host) => linesOf(host, call.now()));
      return tableOrNone(call, columns(call), lines, 'no worker is alive: what waits is not run');
    });
  },
});

/** A line of the table: a worker, or the parent of some that stand below it. */
interface Line {
  name: string;
  runs: string;
  worker: WorkerInfo | null;
  status: string;
}

function linesOf(
  { name, wanted, workers: those, runningCount, concurrency }: WorkerHost,
  now: number,
): Line[] {
  const lines = those.map((worker) => {
    const { host, pid, swarm } = worker;
    const runs = `${worker.runningCount} of ${worker.concurrency}`;
    return {
      name: swarm ? `  ${swarm.number} ${host}:${pid}` : `${host}:${pid}`,
      runs,
      worker,
      status: statusText(worker, now),
    };
  });
  if (wanted === null) return lines;
  const status = `${those.length} of ${wanted}`;
  return [{ name, runs: `${runningCount} of ${concurrency}`, worker: null, status }, ...lines];
}

function columns(call: Call): Column<Line>[] {
  const ofWorker = (cell: (worker: WorkerInfo) => string) => {
    return ({ worker }: Line): string => (worker ? cell(worker) : '');
  };
  return [
    { head: 'WORKER', cell: ({ name }) => name },
    { head: 'STATUS', cell: ({ status }) => status },
    { head: 'STARTED', cell: ofWorker(({ startedAt }) => when(call, startedAt)) },
    { head: 'VERSION', cell: ofWorker(({ version }) => version) },
    { head: 'QUEUES', cell: ofWorker(queuesText) },
    { head: 'RUNS', cell: ({ runs }) => runs },
    { head: 'LONGEST', cell: ofWorker((worker) => longestText(worker, call.now())) },
  ];
}

function statusText({ status, blockedSince, blockedBy }: WorkerInfo, now: number): string {
  if (blockedSince === undefined) return status;
  const by = blockedBy === undefined ? '' : ` by ${blockedBy.type} ${blockedBy.queue} ${blockedBy.id}`;
  return `${status}, blocked for ${durationText(now - blockedSince)}${by}`;
}

function queuesText({ queues, strict }: WorkerInfo): string {
  return queues.map(({ name, weight }) => (strict ? name : `${name}=${weight}`)).join(',');
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
