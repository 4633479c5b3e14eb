import type { EngineName, Retention } from './engines/engine.ts';
import { loadEngine } from './engines/load.ts';
import { warmUp } from './work-through.ts';

/** What a member of a fleet is started with, as JSON in its first argument. */
export interface FleetOrder {
  engine: EngineName;
  /** The folder of the build of ours that is measured, as a file URL. */
  build: string;
  port: number;
  /** The queue that they work together. */
  name: string;
  retention: Retention;
}

const CONCURRENCY = 100;
/** How often a member says how many more it has done. */
const TELL_MS = 5;

/*
 * One worker process of several: it warms up on a queue of its own, says so, and works once it is told to.
 */
const order = JSON.parse(process.argv[2] ?? '') as FleetOrder;
process.once('disconnect', () => process.exit());
const openQueue = await loadEngine(order.engine, order.build);
const open = (retention: Retention, name = `warm-${process.pid}`) =>
  openQueue({ port: order.port, name, retention });
await warmUp({ open }, order.retention, CONCURRENCY);
process.once('message', async () => {
  let untold = 0;
  const queue = await open(order.retention, order.name);
  await queue.work({
    concurrency: CONCURRENCY,
    onStarted: () => {},
    onSucceeded: () => untold++,
  });
  setInterval(() => {
    if (untold > 0) process.send?.(untold);
    untold = 0;
  }, TELL_MS);
});
process.send?.('ready');
