import { parse } from 'yaml';
import { z } from 'zod';
import { readPage } from './pages.ts';

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string().default('0m'),
          labels: z.object({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.object({ summary: z.string(), description: z.string().default('') }),
        }),
      ),
    }),
  ),
});
const testsSchema = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      interval: z.string(),
      input_series: z.array(z.object({ series: z.string(), values: z.string() })),
      alert_rule_test: z.array(
        z.object({
          alertname: z.string(),
          eval_time: z.string(),
          exp_alerts: z.array(
            z.object({
              exp_labels: z.record(z.string(), z.string()),
              exp_annotations: z.object({ summary: z.string(), description: z.string().default('') }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** An alert of the shipped rules. */
export type PrometheusRule = z.infer<typeof rulesSchema>['groups'][number]['rules'][number];

/** A case in which the shipped rules are tried. */
export type PrometheusTest = z.infer<typeof testsSchema>['tests'][number];

/** Reads the rules of `alerts.yml`. */
export function readPrometheusRules(): PrometheusRule[] {
  const { groups } = rulesSchema.parse(parse(readPage('compose/prometheus/alerts.yml')));
  return groups.flatMap(({ rules }) => rules);
}

/** Reads the cases of `alerts.test.yml`. */
export function readPrometheusTests(): PrometheusTest[] {
  return testsSchema.parse(parse(readPage('compose/prometheus/alerts.test.yml'))).tests;
}

/** Reads a duration as Prometheus writes it, such as `15m`, in ms. */
export function promMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  return Number(count) * ({ s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? Number.NaN);
}

/** A series of a case, by its metric and labels. */
export interface PromSeries {
  metric: string;
  labels: Readonly<Record<string, string>>;
  /** When each value came, ms from the begin. */
  points: readonly { at: number; value: number }[];
}

/** Reads a series as cases write them: `0 301+60x10`. */
export function promSeries(series: string, values: string, intervalMs: number): PromSeries {
  const [, metric = '', inner = ''] = /^(\w+)\{(.*)\}$/.exec(series) ?? [];
  const labels = [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]);
  const all = values.split(/\s+/).flatMap(expand);
  const points = all.map((value, at) => ({ at: at * intervalMs, value }));
  return { metric, labels: Object.fromEntries(labels), points };
}

function expand(token: string): number[] {
  const [, start = '', step = '0', times = '0'] = /^(-?[\d.]+)([+-][\d.]+)?(?:x(\d+))?$/.exec(token) ?? [];
  if (start === '') throw new Error(`a series has ${token}, which is not read here`);
  return Array.from({ length: Number(times) + 1 }, (_, nth) => Number(start) + nth * Number(step));
}
