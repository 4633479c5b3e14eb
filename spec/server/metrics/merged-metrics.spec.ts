import { expect } from 'chai';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { MergedMetrics, type OwnMetrics } from '../../../lib/server/metrics/merged-metrics.ts';

/** What a process tells that has done and has this. */
function told(count: number, aggregator?: 'average' | 'omit' | 'min'): Promise<OwnMetrics> {
  const registers = [new Registry()];
  new Counter({ name: 'done', help: 'd', labelNames: ['queue'], registers }).inc({ queue: 'mail' }, count);
  new Gauge({ name: 'is', help: 'i', registers, ...(aggregator && { aggregator }) }).set(count);
  new Histogram({ name: 'took', help: 't', buckets: [1, 10], registers }).observe(count);
  return registers[0]?.getMetricsAsJSON() ?? Promise.resolve([]);
}

async function linesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics of several processes', () => {
  it('are one sum', async () => {
    const merged = await new MergedMetrics().of(await told(1), [await told(2), await told(20)]);

    expect(await linesOf(merged)).to.deep.equal([
      'done{queue="mail"} 23',
      'is 23',
      'took_bucket{le="1"} 1',
      'took_bucket{le="10"} 2',
      'took_bucket{le="+Inf"} 3',
      'took_sum 23',
      'took_count 3',
    ]);
  });

  it('keep what those counted that have ended, and not how they were', async () => {
    const merged = new MergedMetrics();
    merged.keep(await told(5));
    merged.keep(await told(7));

    const lines = await linesOf(await merged.of(await told(1), [await told(2)]));

    expect(lines).to.include.members(['done{queue="mail"} 15', 'is 3', 'took_sum 15', 'took_count 4']);
  });

  it('tell the greatest where prom-client would tell the mean, and the own one where it would tell none', async () => {
    const one = async (aggregator: 'average' | 'omit' | 'min') =>
      linesOf(await new MergedMetrics().of(await told(3, aggregator), [await told(9, aggregator)]));

    expect(await one('average')).to.include('is 9');
    expect(await one('omit')).to.include('is 3');
    expect(await one('min')).to.include('is 3');
  });

  it('of this process alone are its own', async () => {
    expect(await linesOf(await new MergedMetrics().of(await told(4), []))).to.include.members([
      'is 4',
      'took_sum 4',
    ]);
  });
});
