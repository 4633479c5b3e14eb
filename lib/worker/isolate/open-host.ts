import type { Isolation } from '../../jobs/isolation.ts';
import type { Host } from './host.ts';
import type { FromIsolate } from './message.ts';
import { ProcessHost } from './process-host.ts';
import { ThreadHost } from './thread-host.ts';

/** Starts a thread or process that is to run a handler; `hear` is told what it says. */
export function openHost(isolation: Isolation, hear: (message: FromIsolate) => void): Host {
  return isolation.isolate === 'thread' ? new ThreadHost(isolation, hear) : new ProcessHost(isolation, hear);
}
