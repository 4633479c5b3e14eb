import { type AlertRuleName, alertRule } from '../../alert-rules.ts';
import { type AlertRuleSetting, alertThreshold } from '../../alert-settings.ts';
import type { NewKind } from '../../inspector/inspector.ts';
import { namesOf } from '../../names-of.ts';
import { durationText, numberText } from '../../texts.ts';
import type { QueueAlertFacts, RedisAlertFacts } from './alert-facts.ts';

/** What a rule finds wrong in a look. */
export interface AlertSignal {
  rule: AlertRuleName;
  queue: string | null;
  subject: string;
  summary: string;
  detail: string;
}

/** What a rule measures: it is wrong where the value is above its threshold. */
interface Measure {
  value: number;
  /** The value as people read it. */
  shown: string;
  /** Of what of the queue; default all of it. */
  subject?: string;
  /** What is wrong, where the words of the rule are not these. */
  summary?: string;
}

/** The rules that are about Redis; all others are about queues. */
type RedisRule = 'redis-full';
type QueueRule = Exclude<AlertRuleName, RedisRule>;

/** How long a text of a message is at most, in characters: what it quotes comes from outside. */
const MOST_TEXT = 600;

const OF_QUEUE: Record<QueueRule, (facts: QueueAlertFacts) => Measure[]> = {
  'queue-old': ({ latencyMs, overdueMs, isPaused }) => {
    const ms = isPaused ? 0 : Math.max(latencyMs, overdueMs);
    return [{ value: ms / 1_000, shown: durationText(ms) }];
  },
  'no-worker': ({ waiting, overdueMs, workers }) => {
    const isUnserved = (waiting > 0 || overdueMs > 0) && workers === 0;
    return [{ value: Number(isUnserved), shown: '' }];
  },
  growing: ({ inPerMin, outPerMin, isPaused }) => {
    const gained = isPaused || inPerMin === null || outPerMin === null ? 0 : inPerMin - outPerMin;
    return [{ value: gained, shown: numberText(Math.round(gained)) }];
  },
  failing: ({ failed }) => [{ value: failed, shown: numberText(failed) }],
  stuck: ({ stuck }) => [{ value: stuck, shown: numberText(stuck) }],
  'schedule-missed': ({ missed }) =>
    missed.map(({ schedule, count, atLeast }) => {
      const shown = `${numberText(count)}${atLeast ? ' and more' : ''}`;
      return { value: 1, subject: schedule, shown };
    }),
  'new-failure': ({ queue, kinds }) => kinds.map((kind) => measureOfKind(queue, kind)),
};

const OF_REDIS: Record<RedisRule, (facts: RedisAlertFacts) => Measure[]> = {
  'redis-full': ({ usedPercent }) =>
    usedPercent === null ? [] : [{ value: usedPercent, shown: `${numberText(usedPercent)}%` }],
};

/** One that is back is told once more each time that it was resolved. */
function measureOfKind(queue: string, kind: NewKind): Measure {
  const { fingerprint, type, errorName, message, jobId, resolved } = kind;
  const error = [errorName, message].filter((one) => one !== '').join(': ') || 'no error was kept';
  const told = `Job ${jobId} of type ${type}: ${error}.`;
  const look = `Look at it by apiary failures ${queue} ${fingerprint}`;
  if (resolved === null) return { value: 1, subject: fingerprint, shown: `${told} ${look}` };
  const version = resolved.version === null ? '' : ` in version ${resolved.version}`;
  return {
    ...{ value: 1, subject: `${fingerprint}@${resolved.at}` },
    shown: `${told} Somebody had said that it is resolved${version}. ${look}`,
    summary: `A kind of failure is back in queue ${queue}`,
  };
}

/** What the rules find wrong with a queue, as the settings have them. */
export function signalsOfQueue(facts: QueueAlertFacts, rules: readonly AlertRuleSetting[]): AlertSignal[] {
  const { queue } = facts;
  return namesOf(OF_QUEUE).flatMap((rule) => toSignals(OF_QUEUE[rule](facts), { rule, queue, rules }));
}

/** What the rules find wrong with Redis. */
export function signalsOfRedis(facts: RedisAlertFacts, rules: readonly AlertRuleSetting[]): AlertSignal[] {
  return namesOf(OF_REDIS).flatMap((rule) => toSignals(OF_REDIS[rule](facts), { rule, queue: null, rules }));
}

function toSignals(
  measures: readonly Measure[],
  about: { rule: AlertRuleName; queue: string | null; rules: readonly AlertRuleSetting[] },
): AlertSignal[] {
  const { rule, queue, rules } = about;
  const above = alertThreshold(rules, rule, queue);
  if (above === null) return [];
  const { summary, detail } = alertRule(rule);
  return measures
    .filter(({ value }) => value > above)
    .map(({ shown, subject = '', ...said }) => {
      const fill = (text: string): string => filled(text, { queue: queue ?? '', subject, value: shown });
      return { rule, queue, subject, summary: said.summary ?? fill(summary), detail: fill(detail) };
    });
}

/** In one go: what is filled in may look like a place itself. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  const whole = text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
  // Between signs, not within one.
  return whole.length <= MOST_TEXT ? whole : `${[...whole].slice(0, MOST_TEXT).join('')}…`;
}
