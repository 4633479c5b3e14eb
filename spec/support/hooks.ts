import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../lib/clock.ts';
import { startSharedRedis, stopSharedRedis } from './redis.ts';

/** Resources that a spec must close; how Node names them. */
const KINDS = [
  'TCPSocketWrap',
  'TCPServerWrap',
  'PipeWrap',
  'PipeServerWrap',
  'ProcessWrap',
  'UDPWrap',
  'Timeout',
];

/** What is closed may take a moment to be gone. */
const GRACE_MS = 3_000;
const EXIT_LIMIT_MS = 2_000;

const unhandled = new Set<unknown>();
const before = new Map<string, number>();
process.on('unhandledRejection', (reason) => unhandled.add(reason));
process.on('uncaughtExceptionMonitor', (error) => unhandled.add(error));

/** Starts and stops the shared Redis, and fails the run on what no spec handled and what a spec left open. */
export const mochaHooks: Mocha.RootHookObject = {
  async beforeAll() {
    // Mocha sets the timer of a hook once the hook has returned its promise; it belongs into both counts.
    await setImmediate();
    for (const kind of KINDS) before.set(kind, countOpen(kind));
    await startSharedRedis();
  },
  async afterAll() {
    await stopSharedRedis();
    exitEvenIfHeldOpen();
    const left = await leftOpen();
    if (left.length > 0) throw new Error(`left open by the specs: ${left.join(', ')}`);
    if (unhandled.size > 0)
      throw new Error(`errors that nobody handled:\n${[...unhandled].map(trace).join('\n')}`);
  },
};

async function leftOpen(): Promise<string[]> {
  const never = new AbortController().signal;
  const deadline = systemClock.elapsed() + GRACE_MS;
  for (;;) {
    const left = KINDS.map((kind) => ({ kind, count: countOpen(kind) - (before.get(kind) ?? 0) }));
    const open = left.filter(({ count }) => count > 0);
    if (open.length === 0 || systemClock.elapsed() > deadline)
      return open.map(({ kind, count }) => `${count} ${kind}`);
    await systemClock.sleep(20, never);
  }
}

function countOpen(kind: string): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length;
}

// Mocha waits until nothing is open. The timer alone keeps nothing open, so it goes off only where something else does.
function exitEvenIfHeldOpen(): void {
  setTimeout(() => {
    console.error(`still open after the specs: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, GRACE_MS + EXIT_LIMIT_MS).unref();
}

function trace(reason: unknown): string {
  return (reason instanceof Error && reason.stack) || String(reason);
}
