import { type Finding, note, wrong } from '../../doctor/finding.ts';
import type { Inspector, QueueInfo, WorkerInfo } from '../../inspector/inspector.ts';
import { countText, durationText } from '../../texts.ts';

/** Looked at are so many queues, by name. */
const MOST_QUEUES = 1_000;
/** So many of one kind are named. */
const MOST_NAMED = 10;
/** What waits longer stands still, or has too few workers. */
const LONG_WAIT_MS = 3_600_000;
/** What is due is moved within a second or so by any worker. */
const LATE_MS = 60_000;

/** Looks at the queues, at who serves them, and at what is stuck. */
export async function checkWork(inspector: Inspector, now: number): Promise<Finding[]> {
  const [{ queues, unreadable, cursor }, workers] = await Promise.all([
    inspector.queues({ limit: MOST_QUEUES }),
    inspector.workers(),
  ]);
  return [
    ...unreadable.slice(0, MOST_NAMED).map(({ name, reason }) => unread(name, reason)),
    ...(cursor === null ? [] : [leftOut()]),
    ...queueChecks(workers, now).flatMap(({ isSo, tell }) => named(queues.filter(isSo), tell)),
    ...versions(workers),
    ...checkHandlers(workers, now),
  ];
}

/** What may be so of a queue, and how it is told. */
interface QueueCheck {
  isSo: (queue: QueueInfo) => boolean;
  tell: (queue: QueueInfo) => Finding;
}

function queueChecks(workers: readonly WorkerInfo[], now: number): QueueCheck[] {
  const served = new Set(workers.flatMap((worker) => worker.queues.map(({ name }) => name)));
  return [
    { isSo: (queue) => isUnserved(queue, served), tell: unserved },
    { isSo: ({ latencyMs, paused }) => latencyMs > LONG_WAIT_MS && paused === null, tell: slow },
    { isSo: ({ overdueMs }) => overdueMs > LATE_MS, tell: overdue },
    { isSo: ({ paused }) => paused !== null, tell: pausedNote(now) },
  ];
}

function checkHandlers(workers: readonly WorkerInfo[], now: number): Finding[] {
  return [
    ...named(workers.flatMap(stuckJobs), stuck(now)),
    ...named(
      workers.filter(({ blockedSince }) => blockedSince !== undefined),
      blocked(now),
    ),
  ];
}

function named<Thing>(things: readonly Thing[], tell: (thing: Thing) => Finding): Finding[] {
  const [first] = things;
  const found = things.slice(0, MOST_NAMED).map(tell);
  const more = things.length - MOST_NAMED;
  if (first === undefined || more <= 0) return found;
  return [...found, { ...tell(first), what: `and ${more} more of the same kind` }];
}

function unread(name: string, reason: string): Finding {
  return wrong('queues', {
    what: `queue ${name} cannot be read: ${reason}`,
    means: 'nothing of it runs as it should',
    mend: 'look at the key (TYPE, OBJECT IDLETIME), then RENAME or DEL it',
  });
}

function leftOut(): Finding {
  return note('queues', {
    what: `there are more than ${MOST_QUEUES} queues; the others were not looked at`,
    means: 'what is wrong with them is not told here',
    mend: 'apiary queue <queue> shows one',
  });
}

function isUnserved({ name, counts, grouped }: QueueInfo, served: ReadonlySet<string>): boolean {
  const todo = counts.waiting + counts.delayed + counts.active + grouped;
  // What runs without a worker of ours runs under one that does not say who it is.
  return todo > 0 && counts.active === 0 && !served.has(name);
}

function unserved({ name, counts }: QueueInfo): Finding {
  return wrong('workers', {
    what: `no live worker serves queue ${name}: ${countText(counts.waiting, 'job')} wait`,
    means: 'its jobs do not run, unless a stock bee-queue or Queue#process takes them',
    mend: `start a worker with ${name} in WORKER_QUEUES, or in the queues of createWorker`,
  });
}

function slow({ name, latencyMs, counts }: QueueInfo): Finding {
  return note('queues', {
    what: `the next job of queue ${name} waits for ${durationText(latencyMs)}; ${countText(counts.waiting, 'job')} wait`,
    means: 'too few workers, or jobs that a limit or a missing handler holds back',
    mend: 'apiary why tells of one job; more workers, or a higher WORKER_CONCURRENCY',
  });
}

function overdue({ name, overdueMs }: QueueInfo): Finding {
  return wrong('queues', {
    what: `what is due in queue ${name} is ${durationText(overdueMs)} late`,
    means: 'no worker moves its delayed jobs, groups or schedules on',
    mend: 'look at the log of its workers for duty:failed, or start one',
  });
}

function pausedNote(now: number): (queue: QueueInfo) => Finding {
  return ({ name, paused }) =>
    note('queues', {
      what: `queue ${name} is paused by ${paused?.by} for ${durationText(now - (paused?.at ?? now))}`,
      means: 'nothing of it begins',
      mend: `apiary resume ${name}`,
    });
}

function versions(workers: readonly WorkerInfo[]): Finding[] {
  const found = [...new Set(workers.map(({ version }) => version))].sort();
  if (found.length < 2) return [];
  return [
    note('workers', {
      what: `workers of different versions are alive: ${found.join(', ')}`,
      means: 'as long as that is a deployment under way, nothing',
      mend: 'apiary workers shows which; stop the old ones',
    }),
  ];
}

type RunningJob = WorkerInfo['running'][number] & { worker: string };

function stuckJobs({ host, pid, running }: WorkerInfo): RunningJob[] {
  const of = running.filter(({ stuckSince }) => stuckSince !== undefined);
  return of.map((job) => ({ ...job, worker: `${host}:${pid}` }));
}

function stuck(now: number): (job: RunningJob) => Finding {
  return ({ id, queue, type, worker, stuckSince = now }) =>
    wrong('handlers', {
      what: `the handler of job ${id} (${type}, queue ${queue}) in ${worker} goes on ${durationText(now - stuckSince)} after it was told to stop`,
      means: 'it may hold what it holds for ever, and the next attempt may run beside it',
      mend: 'let the handler heed ctx.signal; restart that worker to be rid of it now',
    });
}

function blocked(now: number): (worker: WorkerInfo) => Finding {
  return (worker) => {
    const { host, pid, blockedSince = now } = worker;
    return wrong('handlers', {
      what: `${blockerText(worker)} the event loop of ${host}:${pid} for ${durationText(now - blockedSince)}${restText(worker)}`,
      means: 'nothing else of that process gets on, its timeouts neither',
      mend: 'let long work breathe, or move it to a thread or a process of its own',
    });
  };
}

function blockerText({ blockedBy }: WorkerInfo): string {
  if (blockedBy === undefined) return 'a handler blocks';
  return `the handler of job ${blockedBy.id} (${blockedBy.type}, queue ${blockedBy.queue}) blocks`;
}

function restText({ blockedBy, blockedAt, running }: WorkerInfo): string {
  const types = [...new Set(running.map(({ type }) => type))].join(', ') || 'nothing';
  return `${blockedAt === undefined ? '' : `, at ${blockedAt}`}${blockedBy === undefined ? `; it runs ${types}` : ''}`;
}
