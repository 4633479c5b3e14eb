import type { VNode } from 'preact';
import type { ScheduleInfo } from '../../../inspector/inspector.ts';
import { durationText, numberText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import { canChangeIn, type Visit } from '../visit.ts';
import { When } from '../when.tsx';
import { WideTable } from '../wide-table.tsx';
import { cronWords } from './cron-words.ts';
import { FiringText } from './firing-text.tsx';
import type { ScheduleFacts } from './overview-facts.ts';

/** A row per schedule: when it fires, what it did last, when it is next, and buttons to steer it. */
export function SchedulesSection(props: { schedules: readonly ScheduleFacts[]; visit: Visit }): VNode {
  return (
    <section id="schedules" aria-labelledby="schedules-title">
      <h2 id="schedules-title">Schedules</h2>
      <WideTable label="Schedules">
        {props.schedules.length === 0 ? (
          <p class="inside muted">There are no schedules.</p>
        ) : (
          <ScheduleTable {...props} />
        )}
      </WideTable>
    </section>
  );
}

const COLUMNS = ['Schedule', 'Fires', 'Last firing', 'Next firing'];

function ScheduleTable(props: { schedules: readonly ScheduleFacts[]; visit: Visit }): VNode {
  const { schedules, visit } = props;
  return (
    <table aria-labelledby="schedules-title">
      <TableHead columns={COLUMNS} hasButtons={visit.canChange} />
      <tbody>
        {schedules.map((facts) => (
          <ScheduleRow key={`${facts.schedule.queue} ${facts.schedule.name}`} facts={facts} visit={visit} />
        ))}
      </tbody>
    </table>
  );
}

function ScheduleRow({ facts: { schedule, last }, visit }: { facts: ScheduleFacts; visit: Visit }): VNode {
  const { name, queue, type } = schedule;
  return (
    <tr id={`schedule-${queue}:${name}`}>
      <th scope="row">
        {name}
        <span class="note">
          {type} in {queue}
        </span>
      </th>
      <td>
        <Timing schedule={schedule} />
      </td>
      <td>
        <Last firing={last} queue={queue} now={visit.now} />
      </td>
      <td>
        <Next schedule={schedule} now={visit.now} />
      </td>
      {visit.canChange && (
        <td class="doings">{canChangeIn(visit, queue) && <ScheduleButtons schedule={schedule} />}</td>
      )}
    </tr>
  );
}

function Last({ firing, ...rest }: { firing: ScheduleFacts['last']; queue: string; now: number }): VNode {
  return firing ? <FiringText firing={firing} {...rest} /> : <span class="muted">never yet</span>;
}

function Timing({ schedule }: { schedule: ScheduleInfo }): VNode {
  const bounds = boundsOf(schedule);
  return (
    <>
      <Rhythm schedule={schedule} />
      {bounds !== null && <span class="note">{bounds}</span>}
    </>
  );
}

function Rhythm({ schedule: { cron, everyMs, timeZone } }: { schedule: ScheduleInfo }): VNode {
  if (cron === null) return <>every {durationText(everyMs ?? 0)}</>;
  const words = cronWords(cron);
  return (
    <>
      {words ?? <code>{cron}</code>}
      <span class="note">
        {words !== null && (
          <>
            <code>{cron}</code>{' '}
          </>
        )}
        {timeZone ?? 'UTC'}
      </span>
    </>
  );
}

/** What of a schedule is not said by its times. */
function boundsOf({ limit, fired, jitterMs }: ScheduleInfo): string | null {
  const parts = [
    ...(limit === null ? [] : [`${numberText(fired ?? 0)} of ${numberText(limit)} fired`]),
    ...(jitterMs === null ? [] : [`put off by up to ${durationText(jitterMs)}`]),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

function Next({ schedule: { paused, nextAt }, now }: { schedule: ScheduleInfo; now: number }): VNode {
  if (paused) {
    return (
      <>
        <span class="mark paused">paused</span> by {paused.by}, <When at={paused.at} now={now} />
      </>
    );
  }
  return nextAt === null ? <span class="muted">none is to come</span> : <When at={nextAt} now={now} />;
}

function ScheduleButtons({ schedule: { queue, name, paused } }: { schedule: ScheduleInfo }): VNode {
  const address = (action: string): string => actionAddress('queues', queue, 'schedules', name, action);
  const label = paused ? 'Resume' : 'Pause';
  return (
    <>
      <ActionButton action={address(label.toLowerCase())} label={label} name={`${label} schedule ${name}`} />{' '}
      <ActionButton
        action={address('fire')}
        label="Fire now"
        name={`Fire now: schedule ${name}`}
        confirm={`Fire schedule ${name} of queue ${queue} now, beside its own times?`}
      />
    </>
  );
}
