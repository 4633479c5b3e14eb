import { lookAtWorkers, type PresenceDeps, type WorkerInfo } from './presence.ts';

/** What live workers take, each by its queues and its handlers. */
export interface Taker {
  /** The queues that it serves; null for all. */
  readonly queues: ReadonlySet<string> | null;
  /** The types that it has handlers for, each with the fingerprint of its schema; null where that can write none. */
  readonly types: ReadonlyMap<string, string | null>;
}

/** Reads what live workers take that take jobs now. Most are like others, and each kind is there once. */
export async function readTakers(deps: PresenceDeps): Promise<Taker[]> {
  const { workers } = await lookAtWorkers(deps);
  const kinds = new Map<string, Taker>();
  for (const { queues, handlers, status } of workers) {
    if (status !== 'running') continue;
    const kind = JSON.stringify([queues, handlers]);
    if (!kinds.has(kind)) kinds.set(kind, toTaker(queues, handlers));
  }
  return [...kinds.values()];
}

function toTaker(queues: WorkerInfo['queues'], handlers: WorkerInfo['handlers']): Taker {
  return {
    // What another version says in another shape names no queue.
    queues: new Set(queues.flatMap((one) => (one?.name === undefined ? [] : [one.name]))),
    types: new Map(handlers.map(({ type, fingerprint = null }) => [type, fingerprint])),
  };
}
