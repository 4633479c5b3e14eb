import { expect } from 'chai';
import { ALERT_RULES, type AlertRule, alertRule } from '../../../lib/alert-rules.ts';
import { namesOf } from '../../../lib/names-of.ts';
import type { QueueAlertFacts } from '../../../lib/server/alerts/alert-facts.ts';
import { signalsOfQueue, signalsOfRedis } from '../../../lib/server/alerts/alert-signals.ts';
import { decideAlerts, firstState } from '../../../lib/server/alerts/decide-alerts.ts';
import {
  type PrometheusTest,
  type PromSeries,
  promMs,
  promSeries,
  readPrometheusRules,
  readPrometheusTests,
} from '../../support/alert-rules.ts';

/** What only a scrape of each process can tell, or what keeps a message from being sent at all. */
const OF_PROMETHEUS_ALONE = [
  'ApiaryWorkersDie',
  'ApiaryDutiesFail',
  'ApiaryEventLoopLags',
  'ApiaryProcessDown',
  'ApiaryAbsent',
  'ApiaryRedisAway',
  'ApiaryRedisEvicts',
  'ApiaryRedisAppendFails',
  'ApiaryOutboxStandsStill',
];
const rules = readPrometheusRules();
const shared = namesOf(ALERT_RULES)
  .map((name): [string, AlertRule] => [name, alertRule(name)])
  .flatMap(([name, { prometheus }]) => (prometheus === null ? [] : [{ name, prometheus }]));

describe('the rules of alerts and those of Prometheus', () => {
  it('are the same, but for those that only one of them can have', () => {
    expect(rules.map(({ alert }) => alert)).to.have.members([
      ...shared.map(({ prometheus }) => prometheus),
      ...OF_PROMETHEUS_ALONE,
    ]);
  });

  for (const name of namesOf(ALERT_RULES)) {
    const { prometheus, severity, threshold, forMs, summary, detail } = alertRule(name);
    const theirs = rules.find(({ alert }) => alert === prometheus);
    if (!theirs) continue;

    it(`${name} has what ${prometheus} has: severity, time, threshold and words`, () => {
      const [, above = ''] = / > ([\d.]+)(?! \))/.exec(theirs.expr.replace(/\(max\(\w+\) > 0\)/, '')) ?? [];
      const percent = threshold?.unit.startsWith('percent') ? 100 : 1;

      expect(theirs.labels.severity).to.equal(severity);
      expect(promMs(theirs.for)).to.equal(forMs);
      expect(Number(above) * percent).to.equal(threshold?.above ?? 0);
      expect(ours(theirs.annotations.summary)).to.equal(summary);
      expect(ours(theirs.annotations.description)).to.equal(detail);
    });
  }
});

describe('the cases of the rules of Prometheus', () => {
  for (const { name, prometheus } of shared) {
    const tests = readPrometheusTests().filter(({ alert_rule_test: tried }) =>
      tried.some(({ alertname }) => alertname === prometheus),
    );

    it(`are there for ${name}`, () => expect(tests).not.to.be.empty);

    for (const test of tests) {
      it(`let ${name} fire alike: ${test.name}`, () => {
        const tried = test.alert_rule_test.filter(({ alertname }) => alertname === prometheus);
        const seen = play(test, name);

        for (const { eval_time: time, exp_alerts: expected } of tried) {
          const told = expected.map(({ exp_labels: labels, exp_annotations: said }) => ({
            ...{ severity: labels['severity'], queue: labels['queue'] ?? null },
            ...{ summary: said.summary, detail: said.description.replace(/(\d+)m (\d+)s/, '$1 min $2 s') },
          }));
          expect(seen(promMs(time)), `after ${time}`).to.deep.equal(told);
        }
      });
    }
  }
});

/** The words of theirs as ours write them. */
function ours(text: string): string {
  return text.replaceAll('{{ $labels.queue }}', '{queue}').replace(/\{\{[^}]*\$value[^}]*\}\}/, '{value}');
}

type Told = { severity: string; queue: string | null; summary: string; detail: string };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const BEGIN = Date.UTC(2030, 0, 1);

/** Plays a case look by look, once a minute as it says; returns what fires of a rule after so many ms. */
function play(test: PrometheusTest, rule: string): (afterMs: number) => Told[] {
  const series = test.input_series.map((one) => promSeries(one.series, one.values, promMs(test.interval)));
  const queues = [...new Set(series.flatMap(({ labels }) => labels['queue'] ?? []))];
  const lastMs = Math.max(...test.alert_rule_test.map(({ eval_time: time }) => promMs(time)));
  const seen = new Map<number, Told[]>();
  let state = firstState(BEGIN);
  for (let afterMs = 0; afterMs <= lastMs; afterMs += MINUTE_MS) {
    const now = BEGIN + afterMs;
    const signals = [
      ...queues.flatMap((queue) => signalsOfQueue(factsOf(series, queue, afterMs), [])),
      ...signalsOfRedis({ usedPercent: usedPercent(series, afterMs) }, []),
    ];
    state = decideAlerts(state, { now, signals, covers: () => true, gapMs: 5 * MINUTE_MS, next: '' });
    const firing = state.alerts.filter((one) => one.rule === rule && one.firedAt !== null);
    seen.set(afterMs, firing.map(toTold));
  }
  return (afterMs) => seen.get(afterMs) ?? [];
}

function toTold({ rule, queue, summary, detail }: ReturnType<typeof firstState>['alerts'][number]): Told {
  const { severity = '' } = rules.find(({ alert }) => alert === prometheusOf(rule))?.labels ?? {};
  return { severity, queue, summary, detail };
}

function prometheusOf(rule: string): string | undefined {
  return shared.find(({ name }) => name === rule)?.prometheus;
}

function factsOf(series: readonly PromSeries[], queue: string, afterMs: number): QueueAlertFacts {
  const value = (metric: string, otherwise: number, state?: string): number =>
    highest(series, { metric, queue, ...(state === undefined ? {} : { state }) }, afterMs) ?? otherwise;
  const perMin = (metric: string): number => value(metric, 0) * 60;
  return {
    queue,
    latencyMs: value('apiary_queue_latency_seconds', 0) * 1_000,
    overdueMs: value('apiary_queue_overdue_seconds', 0) * 1_000,
    isPaused: value('apiary_queue_paused', 0) === 1,
    waiting: value('apiary_queue_jobs', 0, 'waiting'),
    workers: value('apiary_queue_workers', 1),
    stuck: value('apiary_queue_stuck_handlers', 0),
    inPerMin: perMin('apiary_queue_added_per_second'),
    outPerMin: perMin('apiary_queue_ended_per_second'),
    failed: increase(series, queue, afterMs),
    missed: [],
    kinds: [],
  };
}

function usedPercent(series: readonly PromSeries[], afterMs: number): number | null {
  const used = highest(series, { metric: 'apiary_redis_memory_used_bytes' }, afterMs);
  const most = highest(series, { metric: 'apiary_redis_memory_max_bytes' }, afterMs);
  return used === null || !most ? null : (used / most) * 100;
}

/** The highest of the values at a time, over all instances; null where there is none. */
function highest(
  series: readonly PromSeries[],
  { metric, ...labels }: { metric: string; queue?: string; state?: string },
  afterMs: number,
): number | null {
  const fit = series.filter(
    (one) =>
      one.metric === metric && Object.entries(labels).every(([name, value]) => one.labels[name] === value),
  );
  const values = fit.flatMap(({ points }) => points.findLast(({ at }) => at <= afterMs)?.value ?? []);
  return values.length === 0 ? null : Math.max(...values);
}

/** By how much the failed jobs of a queue have grown in the last hour, over all instances. */
function increase(series: readonly PromSeries[], queue: string, afterMs: number): number {
  const grown = series.map(({ metric, labels, points }) => {
    if (metric !== 'apiary_jobs_failed_total' || labels['queue'] !== queue) return 0;
    const within = points.filter(({ at }) => at > afterMs - HOUR_MS && at <= afterMs);
    return (within.at(-1)?.value ?? 0) - (within[0]?.value ?? 0);
  });
  return grown.reduce((sum, one) => sum + one, 0);
}
