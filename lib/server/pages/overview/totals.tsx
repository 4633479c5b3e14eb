import type { VNode } from 'preact';
import { durationText, numberText } from '../../../texts.ts';
import type { LiveFacts } from './overview-facts.ts';

/** The sums over the queues that are shown and all workers, in one line. */
export function Totals({ queues, workers }: Pick<LiveFacts, 'queues' | 'workers'>): VNode {
  const sum = (of: (queue: LiveFacts['queues'][number]) => number): number =>
    queues.reduce((all, queue) => all + of(queue), 0);
  const slots = workers.reduce((all, { concurrency }) => all + concurrency, 0);
  const used = workers.reduce((all, { runningCount }) => all + runningCount, 0);
  const stuck = workers
    .flatMap(({ running }) => running)
    .filter(({ stuckSince }) => stuckSince !== undefined);
  const oldest = Math.max(0, ...queues.map(({ latencyMs }) => latencyMs));
  const facts: [string, string][] = [
    ['Waiting', numberText(sum(({ counts }) => counts.waiting))],
    ['Active', numberText(sum(({ counts }) => counts.active))],
    ['Delayed', numberText(sum(({ counts }) => counts.delayed))],
    ['Failed', numberText(sum(({ counts }) => counts.failed))],
    ['Succeeded today', numberText(sum((one) => one.processedToday - one.failedToday))],
    ['Failed today', numberText(sum(({ failedToday }) => failedToday))],
    ['Oldest waits', oldest === 0 ? '–' : durationText(oldest)],
    ['Workers', numberText(workers.length)],
    ['Slots used', `${numberText(used)} of ${numberText(slots)}`],
    ['Stuck handlers', numberText(stuck.length)],
  ];
  return (
    <dl class="totals">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={name === 'Stuck handlers' && value !== '0' ? 'bad-text' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
