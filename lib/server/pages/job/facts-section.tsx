import type { VNode } from 'preact';
import {
  DEFAULT_PRIORITY,
  type JobInfo,
  LOWEST_PRIORITY,
  type ShownOptions,
  signalsText,
} from '../../../inspector/inspector.ts';
import { retentionText, timeoutText } from '../../../inspector/shown-options.ts';
import { durationText, numberText } from '../../../texts.ts';
import { Moment } from '../when.tsx';
import { type Fact, FactList } from './fact-list.tsx';
import { toJsonText } from './json-text.ts';

/** The options of a job. */
export function FactsSection({ job }: { job: JobInfo }): VNode {
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">Options</h2>
      <FactList id="facts" facts={[...optionsOf(job), ...headersOf(job), ...effectsOf(job)]} />
    </section>
  );
}

function optionsOf({ options, attempts, progress, awaits }: JobInfo): Fact[] {
  return [
    ['Attempts made', numberText(attempts)],
    ['Waits for', awaits && signalsText(awaits)],
    ...factsOfOptions(options),
    ['Progress', progress === 0 || progress === null ? null : <code>{toJsonText(progress).text}</code>],
  ];
}

/** A row for each option; one that has none of its own is shown by its name. */
function factsOfOptions(options: ShownOptions): Fact[] {
  const own = ownFacts(options);
  const others = Object.entries(options).filter(([name]) => !Object.hasOwn(own, name));
  const plain = others.map(([name, value]): Fact => [name, value === null ? null : toJsonText(value).text]);
  return [...Object.values(own).filter((fact) => fact !== null), ...plain];
}

/** The rows that have words of their own; null for what is shown elsewhere on the page. */
function ownFacts(options: ShownOptions): Partial<Record<keyof ShownOptions, Fact | null>> {
  const { retriesLeft, timeoutMs, backoff, unique, key, cost, priority, front } = options;
  const { expiresAt, deadlineAt, retention } = options;
  return {
    key: ['Key', key],
    retriesLeft: ['Retries left', numberText(retriesLeft)],
    timeoutMs: ['Timeout', timeoutText(timeoutMs)],
    backoff: ['Back-off', backoff && backoffText(backoff)],
    unique: ['Unique key', unique && uniqueText(unique)],
    cost: ['Cost', cost === 1 ? null : numberText(cost)],
    priority: ['Priority', priority === DEFAULT_PRIORITY ? null : priorityText(priority)],
    front: ['Place', front ? 'before those of its priority that wait' : null],
    expiresAt: ['Begins before', expiresAt === null ? null : <Moment at={expiresAt} />],
    deadlineAt: ['Ends before', deadlineAt === null ? null : <Moment at={deadlineAt} />],
    retention: ['Stays', retentionText(retention)],
    // In the timeline, and among the ties.
    runAt: null,
    group: null,
  };
}

function priorityText(priority: number): string {
  return `${priority}, of 0 (first) to ${LOWEST_PRIORITY}`;
}

function backoffText({ type, delayMs, maxDelayMs }: NonNullable<ShownOptions['backoff']>): string {
  const most = maxDelayMs === null ? '' : `, at most ${durationText(maxDelayMs)}`;
  return `${type}, ${durationText(delayMs)}${most}`;
}

function uniqueText({ key, ttlMs, release }: NonNullable<ShownOptions['unique']>): string {
  const held = ttlMs === null ? '' : `, held for ${durationText(ttlMs)}`;
  return `${key}${held}${release === 'ttl' ? ', whenever it ends' : ''}`;
}

function headersOf({ headers }: JobInfo): Fact[] {
  return Object.entries(headers).map(([name, value]) => [`Header ${name}`, String(value)]);
}

function effectsOf({ once }: JobInfo): Fact[] {
  return once.map(({ key, at }) => [
    `Done once: ${key}`,
    <>
      at <Moment at={at} />
    </>,
  ]);
}
