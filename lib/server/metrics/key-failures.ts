import { Counter, type Registry } from 'prom-client';

/** Registers the counter of calls that the API of this process refused for their keys; returns what counts one. */
export function registerKeyFailures(registry: Registry): (why: 'missing' | 'wrong') => void {
  const refused = new Counter({
    name: 'apiary_api_key_failures_total',
    help: 'Calls that the API of this process refused for want of a known key.',
    labelNames: ['why'],
    registers: [registry],
  });
  // Of a series that begins at one Prometheus does not see the increase.
  for (const why of ['missing', 'wrong']) refused.inc({ why }, 0);
  return (why) => refused.inc({ why });
}
