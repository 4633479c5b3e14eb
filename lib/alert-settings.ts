import { type AlertRuleName, alertRule, isAlertRule } from './alert-rules.ts';
import { isName } from './names.ts';

/** What the settings say of a rule, for all queues or some. */
export interface AlertRuleSetting {
  /** The rule, and behind `@` the queues, as it was given. */
  readonly name: string;
  readonly rule: AlertRuleName;
  /** A queue; one that ends with `*` stands for all that begin so, and `*` for everything. */
  readonly queues: string;
  /** It is told of what is above; null switches the rule off. */
  readonly above: number | null;
}

/** What {@link parseAlertRule} takes, in words. */
export const ALERT_RULES_RULE =
  'a list rule=number,rule=off,rule@queue=off of the rules of the documentation, the queue with * at its end for all that begin so, the number a whole one; redis-full is of no queue';

const ANY_END = '*';

/** Reads one of them, such as `queue-old=600` or `no-worker@shop-*=off`; undefined for what is none. */
export function parseAlertRule(item: string): AlertRuleSetting | undefined {
  const [, rule = '', queues = ANY_END, said = ''] = /^([a-z-]+)(?:@(.+))?=(off|\d{1,10})$/s.exec(item) ?? [];
  if (!isAlertRule(rule) || !isQueuePattern(queues)) return undefined;
  const { threshold, of } = alertRule(rule);
  if (of === 'redis' && queues !== ANY_END) return undefined;
  if (said === 'off') return { name: `${rule}@${queues}`, rule, queues, above: null };
  const above = Number(said);
  if (threshold === null || above > threshold.most) return undefined;
  return { name: `${rule}@${queues}`, rule, queues, above };
}

function isQueuePattern(text: string): boolean {
  const start = text.endsWith(ANY_END) ? text.slice(0, -1) : text;
  return text === ANY_END || (isName(start) && !start.includes(ANY_END));
}

/**
 * Above what a rule tells of a queue, or of Redis (null): 0 where there is nothing to count, null where it is off. Of
 * several settings that cover a queue, the one that says most of its name counts.
 */
export function alertThreshold(
  settings: readonly AlertRuleSetting[],
  rule: AlertRuleName,
  queue: string | null,
): number | null {
  const covering = settings.filter((one) => one.rule === rule && covers(one.queues, queue));
  const [closest] = covering.sort((one, other) => closeness(other.queues) - closeness(one.queues));
  return closest === undefined ? (alertRule(rule).threshold?.above ?? 0) : closest.above;
}

function covers(queues: string, queue: string | null): boolean {
  if (queues === ANY_END) return true;
  if (queue === null) return false;
  return queues.endsWith(ANY_END) ? queue.startsWith(queues.slice(0, -1)) : queues === queue;
}

/** A whole name comes before any beginning, and a longer beginning before a shorter one. */
function closeness(queues: string): number {
  return queues.endsWith(ANY_END) ? queues.length : Number.POSITIVE_INFINITY;
}
