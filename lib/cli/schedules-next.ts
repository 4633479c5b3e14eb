import { isoTime } from '../clock.ts';
import type { Occurrence } from '../engine/schedules/occurrences.ts';
import { type Call, defineCommand } from './command.ts';
import { show, when } from './show.ts';
import { type Column, tableText } from './table.ts';
import { one, whole } from './values.ts';

/** `apiary schedules next`: reckons when a schedule fires next. */
export const schedulesNext = defineCommand({
  takes: { queue: one('the queue'), name: one('the schedule') },
  options: { count: whole('how many firings', { least: 1, most: 1_000, otherwise: 10 }) },
  run: async (call, { queue, name, count }) => {
    const { inspector } = await call.open();
    const next = await inspector.schedules.next(queue, name, count);
    return show(call, { next }, () => tableText(columns(call), next, call.terminal.columns));
  },
});

function columns(call: Call): Column<Occurrence>[] {
  return [
    { head: 'UTC', cell: ({ at }) => isoTime(at) },
    { head: 'LOCAL', cell: ({ local }) => local },
    { head: 'WHEN', cell: ({ at }) => when(call, at) },
    { head: 'MARK', cell: ({ mark }) => mark ?? '-' },
  ];
}
