import type { QueueInfo, QueuePage } from '../inspector/inspector.ts';
import { durationText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { show, tableOrNone, tellMore } from './show.ts';
import type { Column } from './table.ts';
import { text, whole } from './values.ts';

const COLUMNS: readonly Column<QueueInfo>[] = [
  { head: 'QUEUE', cell: ({ name }) => name },
  { head: 'WAITING', cell: ({ counts }) => counts.waiting },
  { head: 'ACTIVE', cell: ({ counts }) => counts.active },
  { head: 'DELAYED', cell: ({ counts }) => counts.delayed },
  { head: 'GROUPED', cell: ({ grouped }) => grouped },
  { head: 'SUCCEEDED', cell: ({ counts }) => counts.succeeded },
  { head: 'FAILED', cell: ({ counts }) => counts.failed },
  { head: 'LATENCY', cell: ({ latencyMs }) => (latencyMs === 0 ? '-' : durationText(latencyMs)) },
  { head: 'TODAY', cell: ({ processedToday }) => processedToday },
  { head: 'PAUSED', cell: ({ paused }) => (paused === null ? '-' : `by ${paused.by}`) },
];

/** `apiary queues`: lists the queues. */
export const queues = defineCommand({
  takes: {},
  options: {
    begin: text('text', 'only queues whose names begin so'),
    limit: whole('how many at most', { least: 1, most: 1_000, otherwise: 100 }),
    cursor: text('text', 'go on behind the page before'),
  },
  run: async (call, { begin: prefix = '', limit, cursor = null }) => {
    const { inspector } = await call.open();
    const page = await inspector.queues({ prefix, limit, cursor });
    await show(call, page, (found) => pageText(call, found));
    tellMore(call, page.cursor);
    return page.unreadable.length > 0 ? EXIT.partly : EXIT.done;
  },
});

function pageText(call: Call, { queues: found, unreadable }: QueuePage): string {
  const table = tableOrNone(call, COLUMNS, found, 'there are no queues');
  return table + unreadable.map(({ name, reason }) => `queue ${name} cannot be read: ${reason}\n`).join('');
}
