import type { GroupInfo } from '../inspector/inspector.ts';
import { type Call, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, tellMore, when } from './show.ts';
import type { Column } from './table.ts';
import { one, text, whole } from './values.ts';

/** `apiary groups`: lists the groups in which jobs of a queue wait, those that are due first first. */
export const groups = defineCommand({
  takes: { queue: one('the queue') },
  options: {
    limit: whole('how many at most', { least: 1, most: 1_000, otherwise: 100 }),
    cursor: text('text', 'go on behind the page before'),
  },
  run: async (call, { queue, limit, cursor = null }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    const page = await inspector.groups.list(queue, { limit, cursor });
    await show(call, page, (found) =>
      tableOrNone(call, columns(call), found.groups, `no jobs of queue ${queue} wait in groups`),
    );
    tellMore(call, page.cursor);
    return EXIT.done;
  },
});

function columns(call: Call): Column<GroupInfo>[] {
  return [
    { head: 'GROUP', cell: ({ name }) => name },
    { head: 'TYPE', cell: ({ type }) => type },
    { head: 'JOBS', cell: ({ size }) => size },
    { head: 'AT MOST', cell: ({ maxSize }) => maxSize },
    { head: 'DELAYED', cell: ({ delayed }) => delayed },
    { head: 'DUE', cell: ({ dueAt }) => when(call, dueAt) },
  ];
}
