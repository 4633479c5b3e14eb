import type { WorkerInfo } from '../engine/queries/presence.ts';

/** The workers that serve a queue that may be seen, and of each what is about such queues. */
export function seenWorkers(
  workers: readonly WorkerInfo[],
  isSeen: (queue: string) => boolean,
): WorkerInfo[] {
  const isOfSeen = ({ queue }: { queue: string }): boolean => isSeen(queue);
  return workers.flatMap(({ blockedBy, blockedAt, ...worker }) => {
    const queues = worker.queues.filter(({ name }) => isSeen(name));
    if (queues.length === 0) return [];
    const blocking = blockedBy && isOfSeen(blockedBy) ? { blockedBy, ...(blockedAt && { blockedAt }) } : {};
    const running = worker.running.filter(isOfSeen);
    const handlers = worker.handlers.filter(isOfSeen);
    return [{ ...worker, ...blocking, queues, running, handlers }];
  });
}
