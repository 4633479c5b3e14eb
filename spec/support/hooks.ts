import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../lib/clock.ts';
import { startSharedRedis, stopSharedRedis } from './redis.ts';
import { PATIENCE, patiently } from './wait.ts';

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
const GRACE_MS = patiently(10_000);
const EXIT_LIMIT_MS = 2_000;
/** Between two times of standing still lies at most so long. */
const STALL_EVERY_MS = 400;

/** Whether this is a process of `mocha --parallel`, which runs one file after the other. */
const IS_PARALLEL = process.env['MOCHA_WORKER_ID'] !== undefined;

const unhandled = new Set<unknown>();
const before = new Map<string, number>();
process.on('uncaughtExceptionMonitor', noteUnhandled);
process.on('unhandledRejection', noteUnhandled);

/**
 * Starts and stops the Redis that the specs of a process share, and fails on what no spec handled and what a spec left
 * open. Mocha calls them around all files, and where it runs them in parallel around each file.
 */
export const mochaHooks: Mocha.RootHookObject = {
  async beforeAll(this: Mocha.Context) {
    if (this.test?.parent) bePatient(this.test.parent);
    // Mocha takes off all listeners after each file that it runs in parallel.
    process.off('unhandledRejection', noteUnhandled).on('unhandledRejection', noteUnhandled);
    await startSharedRedis();
    await untilTimed();
    standStill(Number(process.env['SPEC_STALL'] ?? 0));
    for (const kind of KINDS) before.set(kind, countOpen(kind));
  },
  beforeEach(this: Mocha.Context) {
    const { currentTest: test } = this;
    // Mocha itself says nothing of it, and its types hide the number.
    if (test && Number(Reflect.get(test, '_currentRetry')) > 0)
      console.log(`failed, and runs once more: ${test.fullTitle()}`);
  },
  async afterAll() {
    await untilTimed();
    const left = await leftOpen();
    if (!IS_PARALLEL) {
      await stopSharedRedis();
      exitEvenIfHeldOpen();
    }
    const errors = [...unhandled].map(trace);
    unhandled.clear();
    if (left.length > 0) throw new Error(`left open by the specs: ${left.join(', ')}`);
    if (errors.length > 0) throw new Error(`errors that nobody handled:\n${errors.join('\n')}`);
  },
};

/** Gives all specs and hooks below as many times their limits as `PATIENCE` says. */
function bePatient(suite: Mocha.Suite): void {
  // Mocha gives what is set of a suite to all that is in it: all must be read before, and the inner ones set later.
  const limits = [...limitedIn(suite)].map((one): [Limited, number] => [one, one.timeout()]);
  for (const [one, limitMs] of limits) one.timeout(limitMs * PATIENCE);
}

interface Limited {
  timeout(): number;
  timeout(ms: number): unknown;
}

function* limitedIn(suite: Mocha.Suite): Generator<Limited> {
  yield suite;
  yield* suite.tests;
  yield* hooksOf(suite);
  for (const inner of suite.suites) yield* limitedIn(inner);
}

let stalls = false;

/**
 * Lets this process stand still now and then for up to so long, as one on a machine that others keep busy: what fails by
 * that has too short a time for something. 0 for never.
 */
function standStill(mostMs: number): void {
  if (stalls || mostMs === 0) return;
  stalls = true;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const plan = (): void => {
    setTimeout(() => {
      Atomics.wait(cell, 0, 0, mostMs * Math.random());
      plan();
    }, STALL_EVERY_MS * Math.random()).unref();
  };
  plan();
}

/** Mocha lists them nowhere else. */
function hooksOf(suite: Mocha.Suite): Mocha.Hook[] {
  const lists = ['_beforeAll', '_beforeEach', '_afterEach', '_afterAll'];
  // Its own types leave these lists out.
  return lists.flatMap((name) => (suite as unknown as Record<string, Mocha.Hook[]>)[name] ?? []);
}

function noteUnhandled(reason: unknown): void {
  unhandled.add(reason);
}

/** Mocha sets the timer of a hook once the hook has returned its promise; it belongs into both counts. */
function untilTimed(): Promise<void> {
  return setImmediate();
}

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
