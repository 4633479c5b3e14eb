import { expect } from 'chai';
import { Registry } from 'prom-client';
import { registerProcess } from '../../../lib/server/metrics/process-metrics.ts';

describe('the metrics of the process', () => {
  it('are one and the same in all registries, so that nothing is watched twice', () => {
    const [one, other] = [new Registry(), new Registry()];

    registerProcess(one);
    registerProcess(other);

    const names = one.getMetricsAsArray().map(({ name }) => name);
    expect(names).to.include.members(['nodejs_eventloop_lag_seconds', 'nodejs_gc_duration_seconds']);
    for (const name of names) expect(other.getSingleMetric(name), name).to.equal(one.getSingleMetric(name));
  });

  it('are told by each of them', async () => {
    const registries = [new Registry(), new Registry()];
    for (const registry of registries) registerProcess(registry);

    for (const registry of registries)
      expect(await registry.metrics()).to.match(/^process_cpu_seconds_total \S+$/m);
  });
});
