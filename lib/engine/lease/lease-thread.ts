// Runs in a thread of its own: keeps the leases of its process while the main thread is blocked.
import { parentPort, workerData } from 'node:worker_threads';
import { BlockWatch } from './block-watch.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Renewals } from './renewals.ts';
import type { ThreadMessage } from './thread-message.ts';
import { ThreadState } from './thread-state.ts';

const LOOK_MS = 500;
/** A block is one that made the main thread miss a beat of its own. */
const LEAST_MS = 1_500;
const RENEW_MS = 1_500;
const SAY_MS = 5_000;
/** A block that is over sooner is not told of while it lasts. */
const TOLD_AFTER_MS = 3_000;

const state = new ThreadState();
const watch = new BlockWatch(new Heartbeat(workerData), LEAST_MS);
let renewals: Promise<Renewals> | null = null;
let [renewedAt, saidAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];

parentPort?.on('message', (message: ThreadMessage) => state.hear(message));
setInterval(() => void look(), LOOK_MS);

async function look(): Promise<void> {
  const now = performance.now();
  const main = watch.look(now);
  if (main.is !== 'blocked') {
    saidAt = Number.NEGATIVE_INFINITY;
    return (await renewals)?.rest();
  }
  // Not before it is needed, as most of what it costs is the client of Redis.
  renewals ??= import('./renewals.ts').then((loaded) => new loaded.Renewals(state));
  const loaded = await renewals;
  if (now - renewedAt >= RENEW_MS) {
    renewedAt = now;
    loaded.renew();
  }
  if (main.forMs >= TOLD_AFTER_MS && now - saidAt >= SAY_MS) {
    saidAt = now;
    loaded.sayBlocked(Math.round(Date.now() - main.forMs));
  }
}
