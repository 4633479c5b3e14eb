import { metrics as otel } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { createMetrics, type Metrics } from '../../../lib/server/metrics/metrics.ts';
import { instrumentOf, labelsToAttributes } from '../../../lib/server/metrics/open-telemetry-names.ts';
import { activeMeter } from '../../../lib/tracing.ts';
import { silentLog } from '../../support/log.ts';
import { openMonitor, type SpecMonitor } from '../../support/monitor.ts';

/** What is another number at each look. */
const MOVING = /^apiary_(redis_(ping|memory_used|connected)|queue_(latency|overdue))_/;

/** The real SDK, read by hand. */
class Read {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({
    exporter: this.#exporter,
    exportIntervalMillis: 3_600_000,
  });
  readonly provider = new MeterProvider({ readers: [this.#reader] });

  async all(): Promise<MetricData[]> {
    this.#exporter.reset();
    await this.#reader.forceFlush();
    return this.#exporter.getMetrics().flatMap((one) => one.scopeMetrics.flatMap(({ metrics }) => metrics));
  }

  close(): Promise<void> {
    return this.provider.shutdown();
  }
}

/** A series by its name and attributes. */
const keyOf = (name: string, attributes: object): string =>
  `${name} ${JSON.stringify(Object.entries(attributes).sort())}`;

/** Every value of the SDK, histograms in the terms of Prometheus. */
function valuesOf(data: readonly MetricData[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const metric of data) {
    const { name } = metric.descriptor;
    if (metric.dataPointType !== DataPointType.HISTOGRAM) {
      if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) throw new Error('of no such kind');
      for (const { attributes, value } of metric.dataPoints) found.set(keyOf(name, attributes), value);
      continue;
    }
    for (const { attributes, value } of metric.dataPoints) {
      let upTo = 0;
      const bounds = [...value.buckets.boundaries.map(String), '+Inf'];
      for (const [at, le] of bounds.entries()) {
        upTo += value.buckets.counts[at] ?? 0;
        found.set(keyOf(`${name} bucket ${le}`, attributes), upTo);
      }
      found.set(keyOf(`${name} sum`, attributes), value.sum ?? Number.NaN);
      found.set(keyOf(`${name} count`, attributes), value.count);
    }
  }
  return found;
}

/** Every value of ours in the text of Prometheus, under the names of OpenTelemetry; those that move as `moving`. */
function valuesOfText(text: string): Map<string, number | 'moving'> {
  const found = new Map<string, number | 'moving'>();
  for (const line of text.split('\n')) {
    const [, whole = '', labels = '', value] = /^(apiary_\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (whole === '') continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', one = '']) => [
      name,
      one.replace(/\\(.)/g, '$1'),
    ]);
    const { le, ...others } = Object.fromEntries(pairs) as Record<string, string>;
    const [, base = '', part] =
      /^(apiary_job_(?:waiting|duration|total)_seconds)_(bucket|sum|count)$/.exec(whole) ?? [];
    const name = base || whole;
    const shown = part === undefined ? '' : ` ${part}${le === undefined ? '' : ` ${le}`}`;
    const key = keyOf(`${instrumentOf(name).name}${shown}`, labelsToAttributes(name, others));
    found.set(key, MOVING.test(whole) ? 'moving' : Number(value));
  }
  return found;
}

describe('metrics by OpenTelemetry', () => {
  let monitor: SpecMonitor;
  let metrics: Metrics;
  let read: Read;

  beforeEach(async () => {
    monitor = await openMonitor({ looksForRuns: false });
    metrics = createMetrics({ inspector: monitor.inspector, log: silentLog });
    read = new Read();
  });
  afterEach(async () => {
    otel.disable();
    await read.close();
    await monitor.close();
  });

  const count = (): void => {
    const [a, b] = [
      { queue: 'mail', type: 'a' },
      { queue: 'mail"\\', type: 'b' },
    ];
    metrics.jobAdded(a);
    metrics.jobStarted({ ...a, waitedMs: 5 });
    metrics.jobStarted({ ...a, waitedMs: 1e9 });
    metrics.jobStarted({ ...a, waitedMs: null });
    metrics.jobRetried({ ...a, durationMs: 10 });
    metrics.jobSucceeded({ ...a, durationMs: 25, totalMs: 31 });
    metrics.jobFailed({ ...b, durationMs: 30_000, totalMs: null });
    metrics.jobSnoozed(a);
    metrics.jobInterrupted(a);
    metrics.jobFenced(a);
    metrics.jobsLost('mail', 3);
    metrics.dutyFailed('beat');
    metrics.keyFailed('wrong');
    metrics.watchWorker({ slots: 7, running: 2, status: 'running' });
  };

  it('are the same as those of Prometheus, each value of each series', async () => {
    metrics.tellMeter(read.provider.getMeter('apiary'), true);
    count();
    await monitor.jobsIn('failed', 2);
    await monitor.jobIn('waiting');
    await monitor.inspector.pause('mail', 'ada');

    const told = valuesOf(await read.all());
    const shown = valuesOfText(await metrics.text());

    const differing = [...shown].filter(
      ([key, value]) => !told.has(key) || (value !== 'moving' && told.get(key) !== value),
    );
    expect(differing).to.deep.equal([]);
    expect([...told.keys()].filter((key) => !shown.has(key))).to.deep.equal([]);
    expect(told.size).to.be.above(100);
  });

  it('go on counting, and are read anew each time', async () => {
    metrics.tellMeter(read.provider.getMeter('apiary'), true);
    const added = keyOf(
      'messaging.client.sent.messages',
      labelsToAttributes('apiary_jobs_added_total', { queue: 'mail', type: 'a' }),
    );
    for (const times of [1, 2, 3]) {
      metrics.jobAdded({ queue: 'mail', type: 'a' });
      expect(valuesOf(await read.all()).get(added)).to.equal(times);
    }
  });

  it('leave out what is in Redis where the parent tells it', async () => {
    metrics.tellMeter(read.provider.getMeter('apiary'), false);
    count();
    const names = [...valuesOf(await read.all()).keys()].join('\n');
    expect(names).to.include('messaging.process.duration').and.not.include('apiary.queue_');
  });

  it('have names and units by the conventions', async () => {
    metrics.tellMeter(read.provider.getMeter('apiary'), true);
    count();
    const found = (await read.all()).map(({ descriptor: { name, unit } }) => `${name} ${unit}`);
    expect(found).to.include.members([
      'messaging.client.sent.messages {message}',
      'messaging.client.consumed.messages {message}',
      'messaging.process.duration s',
      'apiary.job_waiting s',
      'apiary.jobs_failed ',
      'apiary.redis_memory_used By',
    ]);
    for (const name of found) expect(name).to.match(/^[a-z][a-z_.]*[a-z] (?:s|By|\{message\})?$/);
  });

  it('are told where a provider is registered, and else nobody is asked', async () => {
    expect(activeMeter()).to.equal(null);
    otel.setGlobalMeterProvider(read.provider);
    const meter = activeMeter();
    expect(meter).to.not.equal(null);
    if (meter) metrics.tellMeter(meter, true);
    expect(await read.all()).to.not.be.empty;
    otel.disable();
    expect(activeMeter()).to.equal(null);
  });
});
