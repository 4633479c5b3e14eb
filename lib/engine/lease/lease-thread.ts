// Runs in a thread of its own: keeps the leases of its process while the main thread is blocked.
import { parentPort, workerData } from 'node:worker_threads';
import { blockerOf } from './block-looks.ts';
import { BlockWatch } from './block-watch.ts';
import { Heartbeat } from './heartbeat.ts';
import { MainLooks } from './main-looks.ts';
import type { Renewals } from './renewals.ts';
import type { ThreadData, ThreadMessage } from './thread-message.ts';
import { ThreadState } from './thread-state.ts';

const LOOK_MS = 500;
/** A block is one that made the main thread miss a beat of its own. */
const LEAST_MS = 1_500;
const RENEW_MS = 1_500;
const SAY_MS = 5_000;
/** A block that is over sooner is not told of while it lasts. */
const TOLD_AFTER_MS = 3_000;

const { memory, hook }: ThreadData = workerData;
const state = new ThreadState();
const heartbeat = new Heartbeat(memory);
const watch = new BlockWatch(heartbeat, LEAST_MS);
const looks = new MainLooks(hook);
let renewals: Promise<Renewals> | null = null;
let [renewedAt, saidAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
let isNamed = false;

parentPort?.on('message', (message: ThreadMessage) => state.hear(message));
setInterval(() => void look(), LOOK_MS);

async function look(): Promise<void> {
  const now = performance.now();
  const main = watch.look(now);
  // While no worker is there, the main thread does not beat.
  if (main.is !== 'blocked' || state.connections.size === 0) {
    saidAt = Number.NEGATIVE_INFINITY;
    isNamed = false;
    return (await renewals)?.rest();
  }
  looks.ask(heartbeat.beats);
  // Not before it is needed, as most of what it costs is the client of Redis.
  renewals ??= import('./renewals.ts').then((loaded) => new loaded.Renewals(state));
  const loaded = await renewals;
  if (now - renewedAt >= RENEW_MS) {
    renewedAt = now;
    loaded.renew();
  }
  const blocker = blockerOf(looks.seen, main.forMs);
  const isNews = blocker.job !== null && !isNamed;
  if (main.forMs < TOLD_AFTER_MS || (now - saidAt < SAY_MS && !isNews)) return;
  saidAt = now;
  isNamed = blocker.job !== null;
  loaded.sayBlocked(Math.round(Date.now() - main.forMs), blocker);
}
