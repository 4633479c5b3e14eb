import type { VNode } from 'preact';
import { forecastOf, forecastText } from '../../../inspector/forecast.ts';
import type { JobState } from '../../../inspector/inspector.ts';
import { limitsText } from '../../../inspector/limits-text.ts';
import { countText, durationText, numberText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, arenaAddress, queueAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import { canChangeIn, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import type { QueueFacts } from './overview-facts.ts';

/** What the section of queues shows. */
export interface QueuesSectionProps {
  queues: readonly QueueFacts[];
  /** How many more there are. */
  leftOut: number;
  /** The name under which Arena lists this Redis. */
  host: string;
  visit: Visit;
}

/** What stands over a column of numbers, and the cell of a queue in it. */
interface Column {
  number: string;
  cell(queue: QueueFacts, host: string): VNode;
}

const COLUMNS: readonly Column[] = [
  { number: 'Waiting', cell: (queue, host) => countCell(queue, host, 'waiting') },
  { number: 'Active', cell: (queue, host) => countCell(queue, host, 'active') },
  { number: 'Delayed', cell: (queue, host) => countCell(queue, host, 'delayed') },
  { number: 'Grouped', cell: ({ grouped }) => <Cell count={grouped} /> },
  { number: 'Failed', cell: (queue, host) => countCell(queue, host, 'failed') },
  {
    number: 'Succeeded today',
    cell: ({ name, processedToday, failedToday }, host) => (
      <StateCell queue={name} host={host} state="succeeded" count={processedToday - failedToday} />
    ),
  },
  { number: 'In per min', cell: ({ rates }) => <RateCell perMin={rates.inPerMin} /> },
  { number: 'Out per min', cell: ({ rates }) => <RateCell perMin={rates.outPerMin} /> },
  {
    number: 'Oldest waits',
    cell: ({ counts, latencyMs }) => (
      <td class={counts.waiting === 0 ? 'number zero' : 'number'}>
        {counts.waiting === 0 ? '–' : durationText(latencyMs)}
      </td>
    ),
  },
];

/** A row per queue: counts, rates, what holds it back, and a button to pause it. */
export function QueuesSection({ queues, leftOut, host, visit }: QueuesSectionProps): VNode {
  return (
    <section id="queues" aria-labelledby="queues-title">
      <h2 id="queues-title">Queues</h2>
      <div class="scroller">
        <table aria-labelledby="queues-title">
          <TableHead columns={['Queue', ...COLUMNS]} hasButtons={visit.canChange} />
          <tbody>
            {queues.map((queue) => (
              <QueueRow key={queue.name} queue={queue} host={host} visit={visit} />
            ))}
          </tbody>
        </table>
        {leftOut > 0 && (
          <p class="inside muted">
            Not shown here, nor in the sums: {countText(leftOut, 'more queue')}. Arena and the search know
            them, and GET /v1/queues lists all.
          </p>
        )}
      </div>
    </section>
  );
}

function QueueRow({ queue, host, visit }: { queue: QueueFacts; host: string; visit: Visit }): VNode {
  const { name } = queue;
  return (
    <tr id={`queue-${name}`}>
      <th scope="row">
        <a href={queueAddress(name)}>{name}</a>
        <QueueNotes queue={queue} now={visit.now} />
      </th>
      {COLUMNS.map(({ cell }) => cell(queue, host))}
      {visit.canChange && <td class="doings">{canChangeIn(visit, name) && <PauseButton queue={queue} />}</td>}
    </tr>
  );
}

function QueueNotes({ queue, now }: { queue: QueueFacts; now: number }): VNode {
  const { paused, limits, counts, rates } = queue;
  const forecast = forecastOf(counts.waiting + counts.active, rates);
  return (
    <>
      {paused && (
        <span class="note">
          <span class="mark paused">paused</span> by {paused.by}, <When at={paused.at} now={now} />
        </span>
      )}
      {limits && <span class="note">Limits: {limitsText(limits.limits)}</span>}
      {forecast && <span class="note">As it goes now: {forecastText(forecast)}</span>}
    </>
  );
}

function countCell({ name, counts }: QueueFacts, host: string, state: JobState): VNode {
  return <StateCell queue={name} host={host} state={state} count={counts[state]} />;
}

function StateCell(props: { queue: string; host: string; state: JobState; count: number }): VNode {
  const { queue, host, state, count } = props;
  return (
    <td class={cellClass(state, count)}>
      <a href={arenaAddress(host, queue, state)} aria-label={`${numberText(count)} ${state} in ${queue}`}>
        {numberText(count)}
      </a>
    </td>
  );
}

function cellClass(state: JobState, count: number): string {
  if (count === 0) return 'number zero';
  return state === 'failed' ? 'number bad-text' : 'number';
}

function Cell({ count }: { count: number }): VNode {
  return <td class={count === 0 ? 'number zero' : 'number'}>{numberText(count)}</td>;
}

/** Null when no worker has told in the last minutes. */
function RateCell({ perMin }: { perMin: number | null }): VNode {
  return <td class={perMin ? 'number' : 'number zero'}>{perMin === null ? '–' : numberText(perMin)}</td>;
}

/** Pauses the queue, or lets it go on. */
export function PauseButton({
  queue: { name, paused },
}: {
  queue: Pick<QueueFacts, 'name' | 'paused'>;
}): VNode {
  const label = paused ? 'Resume' : 'Pause';
  const action = actionAddress('queues', name, label.toLowerCase());
  return <ActionButton action={action} label={label} name={`${label} queue ${name}`} />;
}
