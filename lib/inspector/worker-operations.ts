import type { Inspector, PacedWorker } from './inspector.ts';

/** Live workers: the id of one, its `host:pid`, that of the parent of several, or a host. */
export interface WorkerTarget {
  which: string;
  by: string;
}

/** What telling workers came to: what is to be said of it, and how they are. */
export interface PacedTold {
  done: boolean;
  text: string;
  workers: PacedWorker[];
}

/** Every operation on live workers: one, those of a parent, or those of a host. */
export const WORKER_OPERATIONS = {
  pause: {
    action: 'pause worker',
    summary: 'Lets live workers take no jobs until they are resumed; what runs goes on.',
    run: async ({ workerPace }: Inspector, { which }: WorkerTarget) =>
      paced(await workerPace.pause(which), 'paused'),
  },
  resume: {
    action: 'resume worker',
    summary: 'Lets live workers take jobs again.',
    run: async ({ workerPace }: Inspector, { which }: WorkerTarget) =>
      paced(await workerPace.resume(which), 'taking jobs'),
  },
  concurrency: {
    action: 'set concurrency',
    summary: 'Lets each of some live workers run so many jobs at once.',
    run: async (
      { workerPace }: Inspector,
      { which }: WorkerTarget,
      { concurrency }: { concurrency: number },
    ) => paced(await workerPace.setConcurrency(which, concurrency), `running up to ${concurrency} jobs`),
  },
} as const;

function paced(workers: PacedWorker[], what: string): PacedTold {
  const text = workers
    .map(({ name, isHeeded }) => `${name} is ${isHeeded ? '' : 'not yet '}${what}`)
    .join(', ');
  return { done: true, text, workers };
}
