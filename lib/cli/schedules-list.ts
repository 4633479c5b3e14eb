import type { ScheduleInfo } from '../inspector/inspector.ts';
import { durationText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, when } from './show.ts';
import type { Column } from './table.ts';
import { maybe } from './values.ts';

/** `apiary schedules list`: lists the schedules of a queue, or of all. */
export const schedulesList = defineCommand({
  takes: { queue: maybe('the queue; else all') },
  options: {},
  run: async (call, { queue }) => {
    const { inspector } = await call.open();
    if (queue !== undefined) await requireQueue(inspector, queue);
    const schedules = await inspector.schedules.list(queue);
    return show(call, { schedules }, () =>
      tableOrNone(call, columns(call), schedules, 'there are no schedules'),
    );
  },
});

function columns(call: Call): Column<ScheduleInfo>[] {
  return [
    { head: 'SCHEDULE', cell: ({ name }) => name },
    { head: 'QUEUE', cell: ({ queue }) => queue },
    { head: 'TYPE', cell: ({ type }) => type },
    { head: 'FIRES', cell: timingText },
    { head: 'NEXT', cell: ({ paused, nextAt }) => (paused ? `paused by ${paused.by}` : when(call, nextAt)) },
    { head: 'LAST JOB', cell: ({ lastJobId }) => lastJobId ?? '-' },
  ];
}

function timingText({ cron, everyMs, timeZone }: ScheduleInfo): string {
  return cron === null ? `every ${durationText(everyMs ?? 0)}` : `${cron} ${timeZone ?? 'UTC'}`;
}
