import type { VNode } from 'preact';
import { durationText, numberText } from '../../../texts.ts';
import type { LiveFacts } from './overview-facts.ts';

/** The sums over the queues that are shown and all workers, in one line. */
export function Totals({ queues, workers }: Pick<LiveFacts, 'queues' | 'workers'>): VNode {
  return (
    <dl class="totals">
      {[...queueTotals(queues), ...workerTotals(workers)].map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={name === 'Stuck handlers' && value !== '0' ? 'bad-text' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What a sum is called, and its text. */
type Total = readonly [name: string, value: string];

function queueTotals(queues: LiveFacts['queues']): Total[] {
  const sum = (of: (queue: LiveFacts['queues'][number]) => number): string =>
    numberText(queues.reduce((all, queue) => all + of(queue), 0));
  const oldest = Math.max(0, ...queues.map(({ latencyMs }) => latencyMs));
  return [
    ['Waiting', sum(({ counts }) => counts.waiting)],
    ['Active', sum(({ counts }) => counts.active)],
    ['Delayed', sum(({ counts }) => counts.delayed)],
    ['Failed', sum(({ counts }) => counts.failed)],
    ['Succeeded today', sum((one) => one.processedToday - one.failedToday)],
    ['Failed today', sum(({ failedToday }) => failedToday)],
    ['Oldest waits', oldest === 0 ? '–' : durationText(oldest)],
  ];
}

function workerTotals(workers: LiveFacts['workers']): Total[] {
  const slots = workers.reduce((all, { concurrency }) => all + concurrency, 0);
  const used = workers.reduce((all, { runningCount }) => all + runningCount, 0);
  const running = workers.flatMap((worker) => worker.running);
  const stuck = running.filter(({ stuckSince }) => stuckSince !== undefined);
  return [
    ['Workers', numberText(workers.length)],
    ['Slots used', `${numberText(used)} of ${numberText(slots)}`],
    ['Stuck handlers', numberText(stuck.length)],
  ];
}
