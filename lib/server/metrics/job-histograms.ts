import { Histogram, type Registry } from 'prom-client';
import { namesOf } from '../../names-of.ts';
import type { Buckets } from './buckets.ts';
import { type JobLabels, type JobTally, TIMED } from './job-tally.ts';

/** Registers a histogram for each time of a job. */
export function registerJobHistograms(registry: Registry, tally: JobTally): void {
  for (const time of namesOf(TIMED)) {
    const shown = { name: `apiary_job_${time}_seconds`, help: TIMED[time], registry };
    new TalliedHistogram(shown, () => tally.rows.map((row) => ({ labels: row.labels, buckets: row[time] })));
  }
}

interface Shown {
  name: string;
  help: string;
  registry: Registry;
}

interface TalliedRow {
  labels: JobLabels;
  buckets: Buckets;
}

/** A histogram that is not observed: it shows what a tally has counted. */
class TalliedHistogram extends Histogram {
  readonly #shown: Shown;
  readonly #rows: () => readonly TalliedRow[];

  constructor(shown: Shown, rows: () => readonly TalliedRow[]) {
    super({ name: shown.name, help: shown.help, labelNames: ['queue', 'type'], registers: [shown.registry] });
    this.#shown = shown;
    this.#rows = rows;
  }

  /** What prom-client makes both the text and the answer of `get` from, though it does not declare it. */
  async getForPromString() {
    const { name, help } = this.#shown;
    const counted = this.#rows().filter(({ buckets }) => buckets.count > 0);
    return { name, help, type: 'histogram', aggregator: 'sum', values: counted.flatMap(this.#valuesOf) };
  }

  readonly #valuesOf = ({ labels, buckets }: TalliedRow) =>
    buckets.lines().map((line) => ({
      metricName: `${this.#shown.name}_${line.part}`,
      labels: line.part === 'bucket' ? { le: line.le } : {},
      // Where it makes the answer of `get`, it writes these to the others.
      sharedLabels: labels,
      value: line.value,
    }));
}
