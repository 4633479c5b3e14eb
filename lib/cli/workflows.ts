import type { WorkflowSummary } from '../inspector/inspector.ts';
import { type Call, defineCommand } from './command.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, when } from './show.ts';
import type { Column } from './table.ts';
import { one, whole } from './values.ts';

/** `apiary workflows`: lists the workflows that a queue keeps. */
export const workflows = defineCommand({
  takes: { queue: one('the queue that keeps them: that of their first steps') },
  options: { limit: whole('how many at most', { least: 1, most: 1_000, otherwise: 100 }) },
  run: async (call, { queue, limit }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    const found = await inspector.workflows.list(queue, limit);
    return show(call, { workflows: found }, () =>
      tableOrNone(call, columns(call), found, `queue ${queue} has no workflows`),
    );
  },
});

function columns(call: Call): Column<WorkflowSummary>[] {
  return [
    { head: 'WORKFLOW', cell: ({ id }) => id },
    { head: 'STATE', cell: ({ state }) => state },
    { head: 'STEPS', cell: ({ total }) => total },
    { head: 'OPEN', cell: ({ open }) => open },
    { head: 'FAILED', cell: ({ failed }) => failed },
    { head: 'ADDED', cell: ({ createdAt }) => when(call, createdAt) },
    { head: 'ENDED', cell: ({ endedAt }) => when(call, endedAt) },
  ];
}
