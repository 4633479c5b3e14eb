import { alertRule, isAlertRule } from '../../alert-rules.ts';
import type { StoredAlert } from '../../inspector/inspector.ts';
import { countText, durationText, numberText } from '../../texts.ts';

/** That an alert fires, or is over. */
export interface AlertChange {
  alert: StoredAlert;
  status: 'firing' | 'resolved';
}

/** What a message is about. */
export interface MessageParts {
  changes: readonly AlertChange[];
  /** How many more there are than are kept. */
  more: number;
  /** Whether it was held in quiet hours. */
  isHeld: boolean;
  prefix: string;
}

/** So many are told one by one; what a chat shows of a message is bounded. */
const MOST_TOLD = 20;
const DEFAULT_PREFIX = 'bq';

/**
 * Writes the body of a message as JSON: `text` as Slack takes it, and the same in fields for programs.
 */
export function messageBody({ changes, more, isHeld, prefix }: MessageParts): string {
  const told = changes.slice(0, MOST_TOLD);
  const untold = changes.length - told.length;
  const [only, ...others] = changes;
  const isSingle = only !== undefined && others.length === 0 && more === 0 && !isHeld;
  const lines = isSingle
    ? [lineOf(only)]
    : [headOf(changes, isHeld), ...told.map((one) => `• ${lineOf(one)}`), ...restOf(untold, more)];
  const from = prefix === DEFAULT_PREFIX ? '' : ` (${escaped(prefix)})`;
  return JSON.stringify({
    text: `Apiary${from}: ${lines.join('\n')}`,
    status: isSingle ? only.status : 'summary',
    prefix,
    alerts: told.map(fieldsOf),
    more: untold + more,
  });
}

function headOf(changes: readonly AlertChange[], isHeld: boolean): string {
  const firing = changes.filter(({ status }) => status === 'firing').length;
  const parts = [
    ...(firing > 0 ? [`${numberText(firing)} firing`] : []),
    ...(firing < changes.length ? [`${numberText(changes.length - firing)} resolved`] : []),
  ];
  const said = parts.join(', ');
  return isHeld ? `after the quiet hours, ${said}` : said;
}

function restOf(untold: number, more: number): string[] {
  return [
    ...(untold > 0 ? [`and ${numberText(untold)} more: apiary alerts lists them`] : []),
    ...(more > 0 ? [`${countText(more, 'further alert')} beyond those that are kept`] : []),
  ];
}

function lineOf({ alert, status }: AlertChange): string {
  const { summary, detail, since, endedAt } = alert;
  if (status === 'firing') return `*${severityOf(alert)}* ${escaped(summary)}. ${escaped(detail)}`;
  return `*resolved* ${escaped(summary)}. It lasted ${durationText((endedAt ?? since) - since)}.`;
}

function severityOf({ rule }: StoredAlert): string {
  return isAlertRule(rule) ? alertRule(rule).severity : 'warning';
}

/** In Slack these begin links and calls to whole channels, and a queue may be called `<!channel>`. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function fieldsOf({ alert, status }: AlertChange): Record<string, unknown> {
  const { rule, queue, subject, summary, detail, since, firedAt, endedAt } = alert;
  const severity = severityOf(alert);
  return { status, rule, severity, queue, subject, summary, detail, since, firedAt, endedAt };
}
