// Runs in a thread or process of its own: loads an isolated handler, and runs what its worker tells it to.
import { isMainThread, parentPort } from 'node:worker_threads';
import { Inside } from './inside.ts';
import { isToIsolate, toSent } from './message.ts';
import { endWithParent } from './parent-watch.ts';

const inside = new Inside(isMainThread ? (message) => process.send?.(toSent(message)) : toParentThread);

if (isMainThread) endWithParent();
const source = isMainThread ? process : parentPort;
source?.on('message', (sent: unknown) => {
  if (isToIsolate(sent)) inside.hear(sent.message);
});
process.on('uncaughtException', (error) => inside.uncaught(error));

function toParentThread(message: Parameters<typeof toSent>[0]): void {
  parentPort?.postMessage(toSent(message));
}
