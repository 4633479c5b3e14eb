import type { VNode } from 'preact';
import type { FailureGroup } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, jobAddress, searchAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import type { Visit } from '../visit.ts';
import { When } from '../when.tsx';
import type { FailureFacts } from './overview-facts.ts';

/** One group, with its queue and whether all failed jobs of that were looked at. */
interface Row extends FailureGroup {
  queue: string;
  isWhole: boolean;
}

const MOST_ROWS = 50;
const MOST_MESSAGE = 300;

/** A row per kind of failure over all queues, the most frequent first, each with a button that retries all of it. */
export function FailuresSection({
  failures,
  visit,
}: {
  failures: readonly FailureFacts[];
  visit: Visit;
}): VNode {
  const rows = failures
    .flatMap(({ queue, groups, scanned, total }) =>
      groups.map((group): Row => ({ ...group, queue, isWhole: scanned >= total })),
    )
    .sort((one, other) => other.count - one.count || other.newestAt - one.newestAt);
  return (
    <section id="failures" aria-labelledby="failures-title">
      <header>
        <h2 id="failures-title">Failures</h2>
        <p class="aside">{coverText(failures, rows.length)}</p>
      </header>
      <div class="scroller">
        <table aria-labelledby="failures-title">
          <TableHead
            columns={['Error', 'Queue and type', { number: 'Jobs' }, 'Newest']}
            hasButtons={visit.canChange}
          />
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <FailureRow key={`${row.queue} ${row.fingerprint}`} row={row} visit={visit} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function FailureRow({ row, visit }: { row: Row; visit: Visit }): VNode {
  const { queue, fingerprint, type, message, newestAt, newestId } = row;
  return (
    <tr id={`failure-${queue}:${fingerprint}`}>
      <th scope="row" class="message">
        {message === '' ? <span class="muted">no error was kept</span> : shortened(message)}
      </th>
      <td>
        <a href={searchAddress({ queue, state: 'failed', type })}>
          {queue} · {type}
        </a>
      </td>
      <td class="number">{howMany(row)}</td>
      <td>
        <When at={newestAt} now={visit.now} />
        <a class="note id" href={jobAddress(queue, newestId)}>
          {newestId}
        </a>
      </td>
      {visit.canChange && (
        <td class="doings">
          <RetryButton row={row} />
        </td>
      )}
    </tr>
  );
}

function RetryButton({ row }: { row: Row }): VNode {
  const { queue, fingerprint, type, message } = row;
  return (
    <ActionButton
      action={actionAddress('queues', queue, 'failures', fingerprint, 'retry')}
      label={`Retry all ${howMany(row)}`}
      name={`Retry all ${howMany(row)} ${type} jobs of queue ${queue} that failed with: ${shortened(message)}`}
      confirm={`Retry all ${howMany(row)} jobs of queue ${queue} that failed with “${shortened(message)}”? Each gets one further attempt.`}
    />
  );
}

/** Of a queue of which not all were looked at, there may be more; a retry covers them too. */
function howMany({ count, isWhole }: Row): string {
  return isWhole ? numberText(count) : `${numberText(count)}+`;
}

function coverText(failures: readonly FailureFacts[], rows: number): string {
  const sum = (name: 'scanned' | 'total'): number => failures.reduce((all, one) => all + one[name], 0);
  const covered =
    sum('scanned') < sum('total')
      ? `the newest ${numberText(sum('scanned'))} of ${numberText(sum('total'))} failed jobs were looked at`
      : `all ${countText(sum('total'), 'failed job')} were looked at`;
  return rows > MOST_ROWS ? `${covered}, and ${MOST_ROWS} of ${rows} kinds are shown` : covered;
}

function shortened(text: string): string {
  return text.length > MOST_MESSAGE ? `${text.slice(0, MOST_MESSAGE)}…` : text;
}
