import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from 'prom-client';

/** What a process tells of itself, as prom-client has it. */
export type OwnMetrics = readonly MetricObjectWithValues<MetricValue<string>>[];

/** How several processes are told as one, where prom-client would do something else. */
const AS_ONE: Readonly<Partial<Record<string, string>>> = {
  // The lag of the one that lags most is what matters.
  average: 'max',
  // Of the parent, which comes first.
  omit: 'first',
};
const GROWING: readonly unknown[] = ['counter', 'histogram'];

/** Adds up what the processes of a swarm tell of themselves. */
export class MergedMetrics {
  #gone: Promise<OwnMetrics> = Promise.resolve([]);

  /** Keeps what a process that has ended counted: a sum must not become less. */
  keep(last: OwnMetrics): void {
    const counted = last.filter(({ type }) => GROWING.includes(type));
    this.#gone = this.#gone.then((gone) => merge([gone, counted]).getMetricsAsJSON());
  }

  /** The metrics of this process, of those that live and of those that are gone, as one. */
  async of(own: OwnMetrics, living: readonly OwnMetrics[]): Promise<Registry> {
    return merge([own, ...living, await this.#gone]);
  }
}

function merge(all: readonly OwnMetrics[]): Registry {
  return AggregatorRegistry.aggregate(all.map((one) => one.map(toMergeable)));
}

function toMergeable(metric: OwnMetrics[number]): object {
  const { aggregator } = metric;
  return { ...metric, aggregator: AS_ONE[aggregator] ?? aggregator };
}
