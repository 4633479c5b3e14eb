/** How bad it is: somebody is to be woken, or it is to be looked at in the morning. */
export type AlertSeverity = 'critical' | 'warning';

/** What a rule goes by that settings may change. */
export interface AlertThreshold {
  /** It is told of what is above. */
  readonly above: number;
  /** What is counted, in words behind the number. */
  readonly unit: string;
  readonly most: number;
}

/** A rule by which somebody is told that something is wrong. */
export interface AlertRule {
  readonly severity: AlertSeverity;
  /** What it is told of: each queue by itself, or Redis. */
  readonly of: 'queue' | 'redis';
  /** The alert of `compose/prometheus/alerts.yml` that says the same; null where metrics cannot tell it. */
  readonly prometheus: string | null;
  /** Null where there is nothing to count. */
  readonly threshold: AlertThreshold | null;
  /** For how long it must hold, in every look, before it is told of. */
  readonly forMs: number;
  /** For how long it must not hold any more before it is over. */
  readonly keepMs: number;
  /** Whether it is told when it is over; what is no state but something that happened is not. */
  readonly tellsEnd: boolean;
  /** What is wrong and what to do, with `{queue}`, `{subject}` and `{value}` in their places. */
  readonly summary: string;
  readonly detail: string;
}

const MINUTE_MS = 60_000;
/** Two looks and more: what is at its threshold is not told of again and again. */
const KEEP_MS = MINUTE_MS;
/** So long what has happened once stays in the list. */
const HOUR_MS = 60 * MINUTE_MS;
const MOST = 1_000_000_000;

/** Every rule, by its name in the settings. Documents, settings and messages read this. */
export const ALERT_RULES = {
  'queue-old': {
    severity: 'critical',
    of: 'queue',
    prometheus: 'ApiaryQueueStalls',
    threshold: { above: 300, unit: 'seconds', most: MOST },
    ...{ forMs: 2 * MINUTE_MS, keepMs: KEEP_MS, tellsEnd: true },
    summary: 'Queue {queue} is not being worked off',
    detail:
      'Its next job has waited or is late by {value}. Look at its workers, and at why the job is not running.',
  },
  'no-worker': {
    severity: 'critical',
    of: 'queue',
    prometheus: 'ApiaryQueueUnserved',
    threshold: null,
    ...{ forMs: 2 * MINUTE_MS, keepMs: KEEP_MS, tellsEnd: true },
    summary: 'No worker serves queue {queue}',
    detail:
      'Jobs wait or are due and no live worker takes them. Workers of stock bee-queue say nothing of themselves: silence this for their queues.',
  },
  growing: {
    severity: 'warning',
    of: 'queue',
    prometheus: 'ApiaryQueueGrows',
    threshold: { above: 10, unit: 'jobs a minute', most: MOST },
    ...{ forMs: 15 * MINUTE_MS, keepMs: KEEP_MS, tellsEnd: true },
    summary: 'Queue {queue} grows',
    detail: 'By {value} jobs a minute, for a quarter of an hour. Add workers, or add fewer jobs.',
  },
  failing: {
    severity: 'warning',
    of: 'queue',
    prometheus: 'ApiaryDeadLettersGrow',
    threshold: { above: 0, unit: 'jobs in the last hour', most: MOST },
    ...{ forMs: 0, keepMs: KEEP_MS, tellsEnd: true },
    summary: 'Jobs of queue {queue} fail for good',
    detail: '{value} in the last hour. Mend the cause and retry them.',
  },
  stuck: {
    severity: 'warning',
    of: 'queue',
    prometheus: 'ApiaryHandlerStuck',
    threshold: { above: 0, unit: 'handlers', most: MOST },
    ...{ forMs: 5 * MINUTE_MS, keepMs: KEEP_MS, tellsEnd: true },
    summary: 'Handlers of queue {queue} ignore their signal',
    detail: '{value} of them were told to stop and go on.',
  },
  'redis-full': {
    severity: 'critical',
    of: 'redis',
    prometheus: 'ApiaryRedisNearlyFull',
    threshold: { above: 85, unit: 'percent of maxmemory', most: 100 },
    ...{ forMs: 5 * MINUTE_MS, keepMs: KEEP_MS, tellsEnd: true },
    summary: 'Redis is {value} full',
    detail:
      'When it is full, no job can be added or ended. Work off what waits, shorten the retention, or give it more memory.',
  },
  'schedule-missed': {
    severity: 'warning',
    of: 'queue',
    prometheus: null,
    threshold: null,
    ...{ forMs: 0, keepMs: 0, tellsEnd: false },
    summary: 'Schedule {subject} of queue {queue} missed its time',
    detail: '{value} of its ticks fell, as no worker was there when they came.',
  },
  'new-failure': {
    severity: 'warning',
    of: 'queue',
    prometheus: null,
    threshold: null,
    ...{ forMs: 0, keepMs: HOUR_MS, tellsEnd: false },
    summary: 'A new kind of failure in queue {queue}',
    detail: '{value}',
  },
} as const satisfies Record<string, AlertRule>;

/** The name of a rule. */
export type AlertRuleName = keyof typeof ALERT_RULES;

/** Whether a text is the name of a rule. */
export function isAlertRule(name: string): name is AlertRuleName {
  return Object.hasOwn(ALERT_RULES, name);
}

/** The rule of a name. */
export function alertRule(name: AlertRuleName): AlertRule {
  return ALERT_RULES[name];
}
