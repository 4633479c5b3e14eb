import { collectDefaultMetrics, Registry } from 'prom-client';

let ofProcess: Registry | null = null;

/**
 * Registers what is told of Node and of this process. All registries share it: a set of its own would watch the event
 * loop and the collection of garbage anew, for as long as the process lives.
 */
export function registerProcess(registry: Registry): void {
  ofProcess ??= collect();
  for (const { name } of ofProcess.getMetricsAsArray()) {
    const metric = ofProcess.getSingleMetric(name);
    if (metric) registry.registerMetric(metric);
  }
}

function collect(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}
