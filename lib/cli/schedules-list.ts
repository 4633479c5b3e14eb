import type { ScheduleInfo, SchedulePage } from '../inspector/inspector.ts';
import { durationText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, tellMore, when } from './show.ts';
import type { Column } from './table.ts';
import { maybe, text, whole } from './values.ts';

/** `apiary schedules list`: lists the schedules of a queue, or of all. */
export const schedulesList = defineCommand({
  takes: { queue: maybe('the queue; else all') },
  options: {
    limit: whole('how many at most', { least: 1, most: 1_000, otherwise: 100 }),
    cursor: text('text', 'go on behind the page before'),
  },
  run: async (call, { queue, limit, cursor = null }) => {
    const { inspector } = await call.open();
    if (queue !== undefined) await requireQueue(inspector, queue);
    const page = await inspector.schedulePage({ limit, cursor, ...(queue !== undefined && { queue }) });
    await show(call, page, (found) => pageText(call, found));
    tellMore(call, page.cursor);
    return page.unreadable.length > 0 ? EXIT.partly : EXIT.done;
  },
});

function pageText(call: Call, { schedules, unreadable }: SchedulePage): string {
  const columns: readonly Column<ScheduleInfo>[] = [
    { head: 'SCHEDULE', cell: ({ name }) => name },
    { head: 'QUEUE', cell: ({ queue }) => queue },
    { head: 'TYPE', cell: ({ type }) => type },
    { head: 'FIRES', cell: timingText },
    { head: 'NEXT', cell: ({ paused, nextAt }) => (paused ? `paused by ${paused.by}` : when(call, nextAt)) },
    { head: 'LAST JOB', cell: ({ lastJobId }) => lastJobId ?? '-' },
  ];
  const table = tableOrNone(call, columns, schedules, 'there are no schedules');
  return table + unreadable.map(({ name, reason }) => `queue ${name} cannot be read: ${reason}\n`).join('');
}

function timingText({ cron, everyMs, timeZone, limit, fired }: ScheduleInfo): string {
  const timing = cron === null ? `every ${durationText(everyMs ?? 0)}` : `${cron} ${timeZone ?? 'UTC'}`;
  return limit === null ? timing : `${timing}, ${fired ?? 0} of ${limit}`;
}
