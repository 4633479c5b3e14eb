import { systemClock } from '../../lib/clock.ts';
import type { EngineName } from './engines/engine.ts';
import { loadEngine } from './engines/load.ts';
import { measureAdd, measureAddBatch } from './measure-add.ts';
import { measureDepth, measureSoak } from './measure-endurance.ts';
import { measureFleet } from './measure-fleet.ts';
import { measureHttp } from './measure-http.ts';
import { measureIdle, measureStart } from './measure-idle.ts';
import { measureIsolated } from './measure-isolated.ts';
import { measureEndToEnd, measurePickUp } from './measure-latency.ts';
import { measureMemory, measureProcess } from './measure-process.ts';
import { measureSwarm } from './measure-swarm.ts';
import type { Measured } from './metrics.ts';
import { openProbe } from './redis-probe.ts';
import type { Measurement } from './rows.ts';
import type { MeasureContext } from './work-through.ts';

/** What the process of one measurement is started with, as JSON in its first argument. */
export interface MeasureRequest {
  engine: EngineName;
  measurement: Measurement;
  /** The folder of the build of ours that is measured, as a file URL. */
  build: string;
  /** Where the engine finds Redis: the server itself or a proxy before it. */
  port: number;
  /** The server itself. */
  redisPort: number;
}

function measure(context: MeasureContext, measurement: Measurement): Promise<Measured> {
  switch (measurement.kind) {
    case 'add':
      return measureAdd(context, measurement);
    case 'add-batch':
      return measureAddBatch(context, measurement);
    case 'process':
      return measureProcess(context, measurement);
    case 'end-to-end':
      return measureEndToEnd(context, measurement);
    case 'pick-up':
      return measurePickUp(context, measurement);
    case 'fleet':
      return measureFleet(context, measurement);
    case 'swarm':
      return measureSwarm(context, measurement);
    case 'isolated':
      return measureIsolated(context, measurement);
    case 'idle':
      return measureIdle(context);
    case 'start':
      return measureStart(context);
    case 'memory':
      return measureMemory(context, measurement);
    case 'http':
      return measureHttp(context, measurement);
    case 'depth':
      return measureDepth(context, measurement);
    case 'soak':
      return measureSoak(context, measurement);
  }
}

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

process.once('disconnect', () => process.exit());
const request = JSON.parse(process.argv[2] ?? '') as MeasureRequest;
const before = { at: systemClock.elapsed(), rss: residentBytes() };
const open = await loadEngine(request.engine, request.build);
const loaded = {
  inMs: systemClock.elapsed() - before.at,
  mib: (residentBytes() - before.rss) / 2 ** 20,
};
let opened = 0;
const context: MeasureContext = {
  open: (retention, name = `bench-${opened++}`, spread = undefined) =>
    open({ port: request.port, name, retention, spread }),
  redis: openProbe(request.redisPort),
  engine: request.engine,
  build: request.build,
  port: request.port,
  loaded,
};
const measured = await measure(context, request.measurement);
process.send?.(measured, () => process.exit());
