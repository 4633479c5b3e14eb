import type { VNode } from 'preact';
import type { LaneAttempt, WorkerLanes } from '../../../inspector/inspector.ts';
import { countText, durationText, measuredText, numberText } from '../../../texts.ts';
import { jobAddress, queueAddress, typeAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import { When } from '../when.tsx';
import { WideTable } from '../wide-table.tsx';
import { attemptMark } from './attempt-words.ts';
import { type BusyShare, busyMinutes } from './busy-shares.ts';
import { isTrouble } from './lane-rows.ts';

/** What the picture shows, to be listed. */
export interface AttemptsTableProps {
  /** Of the worker. */
  id: string;
  shown: readonly LaneAttempt[];
  now: number;
}

/** So many are listed at once: what is below, such as the next worker, is to be in reach. */
const MOST_AT_ONCE = 12;

/** Lists what the picture shows: what is in trouble first, then what runs, then what ended. */
export function AttemptsTable({ id, shown, now }: AttemptsTableProps): VNode {
  const others = shown.slice(MOST_AT_ONCE);
  return (
    <>
      <Rows label="Attempts" attempts={shown.slice(0, MOST_AT_ONCE)} now={now} />
      {others.length > 0 && (
        <details id={`attempts-${id}`} class="inside">
          <summary>{countText(others.length, 'more attempt')}</summary>
          <Rows label="More attempts" attempts={others} now={now} />
        </details>
      )}
    </>
  );
}

function Rows(props: { label: string; attempts: readonly LaneAttempt[]; now: number }): VNode {
  const { label, attempts, now } = props;
  return (
    <WideTable label={label}>
      <table aria-label={label}>
        <TableHead columns={['Job', 'Queue', 'State', 'Began', { number: 'Took' }]} />
        <tbody>
          {attempts.map((attempt) => (
            <AttemptRow key={`${attempt.queue} ${attempt.id} ${attempt.startedAt}`} {...{ attempt, now }} />
          ))}
        </tbody>
      </table>
    </WideTable>
  );
}

function AttemptRow({ attempt, now }: { attempt: LaneAttempt; now: number }): VNode {
  const { queue, startedAt, endedAt } = attempt;
  const { shade, word } = attemptMark(attempt);
  const took =
    endedAt === null ? durationText(Math.max(0, now - startedAt)) : measuredText(endedAt - startedAt);
  return (
    <tr class={isTrouble(attempt) ? 'trouble' : undefined}>
      <th scope="row">
        <JobName attempt={attempt} />
      </th>
      <td>
        {queue === null ? <span class="muted">another</span> : <a href={queueAddress(queue)}>{queue}</a>}
      </td>
      <td>
        <span class={`mark ${MARKS[shade]}`}>{word}</span>
      </td>
      <td>
        <When at={startedAt} now={now} />
      </td>
      <td class="number">{took}</td>
    </tr>
  );
}

/** As the stylesheets call marks of a state. */
const MARKS = {
  succeeded: 'good',
  failed: 'failed',
  other: 'warn',
  running: '',
  trouble: 'stuck',
  unknown: '',
};

function JobName({ attempt: { queue, id, type } }: { attempt: LaneAttempt }): VNode {
  if (queue === null || id === null || type === null)
    return <span class="muted">a job of another queue</span>;
  return (
    <>
      <a href={typeAddress(queue, type)}>{type}</a>{' '}
      <a class="id" href={jobAddress(queue, id)}>
        {id}
      </a>
    </>
  );
}

const MINUTE_COLUMNS = [
  'From',
  { number: 'Slots taken' },
  { number: 'Succeeded' },
  { number: 'Failed' },
  { number: 'Others' },
];

/** Says minute by minute how much of a worker was busy, as the picture shows it. */
export function MinutesTable({ lanes, now }: { lanes: WorkerLanes; now: number }): VNode | null {
  const minutes = busyMinutes(lanes, now);
  if (minutes.length === 0) return null;
  return (
    <details id={`minutes-${lanes.worker.id}`} class="inside">
      <summary>Minute by minute</summary>
      <WideTable label="Minute by minute">
        <table aria-label="Minute by minute">
          <TableHead columns={MINUTE_COLUMNS} />
          <tbody>
            {minutes.map((minute) => (
              <MinuteRow key={minute.cell.at} minute={minute} now={now} />
            ))}
          </tbody>
        </table>
      </WideTable>
    </details>
  );
}

function MinuteRow({ minute: { cell, text }, now }: { minute: BusyShare; now: number }): VNode {
  const counts = [cell.succeeded, cell.failed, cell.others];
  return (
    <tr>
      <th scope="row">
        <When at={cell.at} now={now} />
      </th>
      <td class="number">{text}</td>
      {counts.map((count, at) => (
        <td key={at} class="number">
          {count === null ? '' : numberText(count)}
        </td>
      ))}
    </tr>
  );
}
