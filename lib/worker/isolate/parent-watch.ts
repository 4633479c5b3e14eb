import { Worker } from 'node:worker_threads';

const LOOK_MS = 1_000;
/** A handler that never ends lets this process hear nothing, so a thread looks. */
const WATCH = `
  const { workerData } = require('node:worker_threads');
  setInterval(() => {
    if (process.ppid !== workerData.parent) process.kill(workerData.kill, 'SIGKILL');
  }, ${LOOK_MS});
`;

/**
 * Lets this process, and what it has started, end with its parent, whatever it does then. What ends it is for that one
 * to say: a signal that all processes of a service get means nothing here.
 */
export function endWithParent(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // It leads a group, where there are such.
  const kill = process.platform === 'win32' ? process.pid : -process.pid;
  process.on('disconnect', () => process.kill(kill, 'SIGKILL'));
  const workerData = { parent: process.ppid, kill };
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };
  new Worker(WATCH, { eval: true, execArgv: [], env: {}, workerData, resourceLimits }).unref();
}
