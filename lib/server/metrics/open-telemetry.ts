import type { Attributes, Histogram, Meter, Observable } from '@opentelemetry/api';
import type { Registry } from 'prom-client';
import { namesOf } from '../../names-of.ts';
import { BOUNDS_S, type JobLabels, TIMED, type TimedPart } from './job-tally.ts';
import { instrumentOf, isTold, labelsToAttributes } from './open-telemetry-names.ts';

/** What is told by a meter of OpenTelemetry. */
export interface Metered {
  /** What has the metrics of Prometheus. */
  registries: readonly Registry[];
  /** Reads anew what they show; never rejects. */
  refresh: () => Promise<void>;
}

/** Hears of each time of a job as it is counted, in seconds. */
export type OnTimed = (part: TimedPart, labels: JobLabels, seconds: number) => void;

/**
 * Tells a meter all that Prometheus is told under `apiary_`, by the same registries: gauges and counters whenever it is
 * read, the times of jobs as they are counted, in the same buckets. Returns what is to be told of these times.
 */
export function tellMeter(meter: Meter, { registries, refresh }: Metered): OnTimed {
  const instruments = new Map<string, Observable>();
  for (const registry of registries)
    for (const { name, help, type } of registry.getMetricsAsArray())
      if (isTold(name) && String(type) !== HISTOGRAM)
        instruments.set(name, observableOf(meter, { name, help, type: String(type) }));
  meter.addBatchObservableCallback(
    async (result) => {
      await refresh();
      for (const registry of registries)
        for (const { name, values } of await registry.getMetricsAsJSON()) {
          const instrument = instruments.get(name);
          if (instrument === undefined) continue;
          for (const { value, labels } of values)
            if (Number.isFinite(value)) result.observe(instrument, value, labelsToAttributes(name, labels));
        }
    },
    [...instruments.values()],
  );
  return timesTo(meter);
}

const HISTOGRAM = 'histogram';

interface Described {
  name: string;
  help: string;
  type: string;
}

function observableOf(meter: Meter, { name, help, type }: Described): Observable {
  const { name: called, unit } = instrumentOf(name);
  const options = { description: help, ...(unit !== undefined && { unit }) };
  return type === 'counter'
    ? meter.createObservableCounter(called, options)
    : meter.createObservableGauge(called, options);
}

function timesTo(meter: Meter): OnTimed {
  const histograms = new Map<TimedPart, { histogram: Histogram; name: string }>();
  for (const part of namesOf(TIMED)) {
    const name = `apiary_job_${part}_seconds`;
    const { name: called, unit } = instrumentOf(name);
    const histogram = meter.createHistogram(called, {
      description: TIMED[part],
      ...(unit !== undefined && { unit }),
      advice: { explicitBucketBoundaries: [...BOUNDS_S[part]] },
    });
    histograms.set(part, { histogram, name });
  }
  return (part, labels, seconds) => {
    const found = histograms.get(part);
    if (found === undefined) return;
    const attributes: Attributes = labelsToAttributes(found.name, { ...labels });
    found.histogram.record(seconds, attributes);
  };
}
