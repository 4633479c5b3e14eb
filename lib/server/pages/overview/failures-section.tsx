import type { VNode } from 'preact';
import type { FailureGroup } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, failureAddress, jobAddress, searchAddress } from '../addresses.ts';
import { CaseMarkNote } from '../failure/case-mark-note.tsx';
import { TableHead } from '../table-head.tsx';
import { canChangeIn, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import type { FailureFacts } from './overview-facts.ts';

/** One group, with its queue and whether all failed jobs of that were looked at. */
interface Row extends FailureGroup {
  queue: string;
  isWhole: boolean;
}

const COLUMNS = ['Error', 'Queue and type', { number: 'Jobs' }, 'Newest'];
const MOST_ROWS = 50;
const MOST_MESSAGE = 300;

/** A row per kind of failure over all queues, the most frequent first, each with a button that retries all of it. */
export function FailuresSection(props: { failures: readonly FailureFacts[]; visit: Visit }): VNode {
  const { failures, visit } = props;
  const rows = rowsOf(failures);
  return (
    <section id="failures" aria-labelledby="failures-title">
      <header>
        <h2 id="failures-title">Failures</h2>
        <p class="aside">{coverText(failures, rows.length)}</p>
      </header>
      <div class="scroller">
        <table aria-labelledby="failures-title">
          <TableHead columns={COLUMNS} hasButtons={visit.canChange} />
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

function rowsOf(failures: readonly FailureFacts[]): Row[] {
  return failures
    .flatMap(({ queue, groups, scanned, total }) =>
      groups.map((group): Row => ({ ...group, queue, isWhole: scanned >= total })),
    )
    .sort((one, other) => other.count - one.count || other.newestAt - one.newestAt);
}

function FailureRow({ row, visit }: { row: Row; visit: Visit }): VNode {
  const { queue, fingerprint, type, newestAt, newestId } = row;
  return (
    <tr id={`failure-${queue}:${fingerprint}`}>
      <th scope="row" class="message">
        <FailureLink row={row} />
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
      {visit.canChange && <td class="doings">{canChangeIn(visit, queue) && <RetryButton row={row} />}</td>}
    </tr>
  );
}

function FailureLink({ row: { queue, fingerprint, message, state } }: { row: Row }): VNode {
  return (
    <>
      <a href={failureAddress(queue, fingerprint)}>
        {message === '' ? 'no error was kept' : shortened(message)}
      </a>{' '}
      <CaseMarkNote state={state} />
    </>
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
