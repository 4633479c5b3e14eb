import { Gauge, type Registry } from 'prom-client';

/** Registers a gauge `apiary_<name>` that has no value until it is set. */
export function createGauge(
  registry: Registry,
  name: string,
  help: string,
  ...labelNames: string[]
): Gauge<string> {
  const gauge = new Gauge({ name: `apiary_${name}`, help, labelNames, registers: [registry] });
  return withoutValue(gauge);
}

/** Sets a gauge without labels, or takes its value away where there is none to tell. */
export function show(gauge: Gauge<string>, value: number | boolean | null | undefined): void {
  if (value === null || value === undefined) withoutValue(gauge);
  else gauge.set(Number(value));
}

/** One without labels is told as zero from its beginning, which would be wrong. */
function withoutValue(gauge: Gauge<string>): Gauge<string> {
  gauge.remove({});
  return gauge;
}
