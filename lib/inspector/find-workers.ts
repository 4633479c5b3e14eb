import { type PresenceDeps, readWorkers, type WorkerInfo } from '../engine/queries/presence.ts';
import { ApiaryError } from '../errors.ts';
import { hostOf } from './worker-hosts.ts';

/**
 * Reads the live workers that are meant: by the id of one, its `host:pid`, that of its parent, or a host. Rejects with
 * WORKER_NOT_FOUND where none is.
 */
export async function findWorkers(deps: PresenceDeps, which: string): Promise<WorkerInfo[]> {
  return meantWorkers(await readWorkers(deps), which);
}

/** Those of some workers that are meant. Throws WORKER_NOT_FOUND where none is. */
export function meantWorkers(workers: readonly WorkerInfo[], which: string): WorkerInfo[] {
  const found = workers.filter((worker) => isMeant(worker, which));
  if (found.length > 0) return found;
  const ways = 'the id of one, its host:pid, that of its parent, or a host';
  throw new ApiaryError('WORKER_NOT_FOUND', `there is no live worker ${JSON.stringify(which)}: give ${ways}`);
}

function isMeant(worker: WorkerInfo, which: string): boolean {
  const { id, host, pid } = worker;
  return [id, host, `${host}:${pid}`, hostOf(worker)].includes(which);
}
