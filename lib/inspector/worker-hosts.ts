import type { WorkerInfo } from '../engine/queries/presence.ts';

/** Workers that are shown as one: the processes of one parent, or one that is nobody's. */
export interface WorkerHost {
  /** `host:pid` of the parent, or of the worker itself. */
  name: string;
  /** How many processes there are to be; null for one that is nobody's. */
  wanted: number | null;
  /** By their numbers; while one is replaced there are two of the same. */
  workers: WorkerInfo[];
  /** How many slots are taken, of how many, all together. */
  runningCount: number;
  concurrency: number;
}

/** Puts workers together that one parent has started, each where the first of them stands. */
export function byHost(workers: readonly WorkerInfo[]): WorkerHost[] {
  const hosts = new Map<string, WorkerInfo[]>();
  for (const worker of workers) {
    const name = hostOf(worker);
    hosts.set(name, [...(hosts.get(name) ?? []), worker]);
  }
  return [...hosts].map(([name, those]) => ({
    name,
    wanted: those[0]?.swarm?.of ?? null,
    workers: those.sort((one, other) => numberOf(one) - numberOf(other)),
    runningCount: those.reduce((sum, { runningCount }) => sum + runningCount, 0),
    concurrency: those.reduce((sum, { concurrency }) => sum + concurrency, 0),
  }));
}

/** What workers of one parent have in common: `host:pid` of that, or of the worker itself. */
export function hostOf({ host, pid, swarm }: WorkerInfo): string {
  return `${host}:${swarm?.parent ?? pid}`;
}

function numberOf({ swarm }: WorkerInfo): number {
  return swarm?.number ?? 0;
}
