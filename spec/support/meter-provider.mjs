// Loaded by `--import` before a program: registers the meter provider of the OpenTelemetry SDK, as a user would, with
// an exporter that writes each metric as a line: its name, the sum of its values, its unit.
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

/** Also how long one look may take. */
const EVERY_MS = 2_000;

const sumOf = ({ value }) => (typeof value === 'number' ? value : value.count);

class LineExporter {
  export({ scopeMetrics }, done) {
    for (const { scope, metrics: told } of scopeMetrics)
      for (const { descriptor, dataPoints } of told) {
        const sum = dataPoints.reduce((before, point) => before + sumOf(point), 0);
        console.log(`metric ${scope.name} ${descriptor.name} ${sum} ${descriptor.unit}`);
      }
    done({ code: 0 });
  }

  selectAggregationTemporality() {
    return AggregationTemporality.CUMULATIVE;
  }

  async forceFlush() {}

  async shutdown() {}
}

const reader = new PeriodicExportingMetricReader({
  exporter: new LineExporter(),
  exportIntervalMillis: EVERY_MS,
  exportTimeoutMillis: EVERY_MS,
});
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
