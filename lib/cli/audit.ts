import type { AuditEntry } from '../inspector/inspector.ts';
import { type Call, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { show, tableOrNone, tellMore, when } from './show.ts';
import type { Column } from './table.ts';
import { moment, text, whole } from './values.ts';

/** `apiary audit`: lists who changed what, the newest first. */
export const audit = defineCommand({
  takes: {},
  options: {
    queue: text('queue', 'only what was done to this queue and its jobs'),
    by: text('name', 'only what somebody of this name did'),
    action: text('word', 'only what is called so, such as retry'),
    from: moment('only what was done from this time on'),
    to: moment('only what was done before this time'),
    limit: whole('how many at most', { least: 1, most: 1_000, otherwise: 50 }),
    cursor: text('text', 'go on behind the page before'),
  },
  run: async (call, { cursor: before = null, queue, by, action, from, to, limit }) => {
    const { inspector } = await call.open();
    const page = await inspector.audit.list({ before, queue, by, action, from, to, limit });
    await show(call, page, ({ entries }) =>
      tableOrNone(call, columns(call), entries, 'nobody has changed anything yet'),
    );
    tellMore(call, page.cursor);
    return EXIT.done;
  },
});

function columns(call: Call): Column<AuditEntry>[] {
  return [
    { head: 'WHEN', cell: ({ at }) => when(call, at) },
    { head: 'WHO', cell: ({ by }) => by },
    { head: 'THROUGH', cell: ({ through }) => through },
    { head: 'WHAT', cell: ({ action }) => action },
    { head: 'QUEUE', cell: ({ queue }) => queue ?? '-' },
    { head: 'OF', cell: ({ id }) => id ?? '-' },
    { head: 'OUTCOME', cell: ({ outcome }) => outcome },
    { head: 'DETAIL', cell: ({ detail }) => detail ?? '-' },
  ];
}
