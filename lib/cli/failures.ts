import type { FailureGroup } from '../inspector/inspector.ts';
import { numberText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, when } from './show.ts';
import type { Column } from './table.ts';
import { one, whole } from './values.ts';

/** `apiary failures`: groups the failed jobs of a queue by what they died of. */
export const failures = defineCommand({
  takes: { queue: one('the queue') },
  options: {
    most: whole('how many jobs are looked at, the newest', { least: 1, most: 10_000, otherwise: 1_000 }),
  },
  run: async (call, { queue, most }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    return show(call, await inspector.failures.groups(queue, { most }), ({ groups, scanned, total }) => {
      const table = tableOrNone(call, columns(call), groups, `no job of queue ${queue} has failed`);
      if (scanned >= total) return table;
      return `${table}the newest ${numberText(scanned)} of ${numberText(total)} failed jobs were looked at\n`;
    });
  },
});

function columns(call: Call): Column<FailureGroup>[] {
  return [
    { head: 'JOBS', cell: ({ count }) => count },
    { head: 'TYPE', cell: ({ type }) => type },
    { head: 'ERROR', cell: ({ message }) => message },
    { head: 'NEWEST', cell: ({ newestAt }) => when(call, newestAt) },
    { head: 'JOB', cell: ({ newestId }) => newestId },
    { head: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
  ];
}
