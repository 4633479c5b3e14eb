import { JOB_STATES, type JobInfo } from '../inspector/inspector.ts';
import { type Call, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { CRITERIA, toSearch } from './job-criteria.ts';
import { requireQueue } from './require-queue.ts';
import { show, tableOrNone, tellMore, when } from './show.ts';
import type { Column } from './table.ts';
import { choice, one, text, whole } from './values.ts';

/** `apiary jobs`: lists the jobs of a queue, newest first. */
export const jobs = defineCommand({
  takes: { queue: one('the queue') },
  options: {
    state: choice(JOB_STATES, 'only those in this state'),
    ...CRITERIA,
    limit: whole('how many at most', { least: 1, most: 1_000, otherwise: 100 }),
    cursor: text('text', 'go on behind the page before'),
  },
  run: async (call, { queue, limit, cursor = null, ...criteria }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    const found = await inspector.search(queue, { ...toSearch(criteria), limit, cursor });
    await show(call, { jobs: found.jobs, cursor: found.cursor }, (page) => jobsText(call, page.jobs));
    tellMore(call, found.cursor);
    return EXIT.done;
  },
});

/** Writes jobs as a table. */
export function jobsText(call: Call, found: readonly JobInfo[]): string {
  const columns: readonly Column<JobInfo>[] = [
    { head: 'JOB', cell: ({ id }) => id },
    { head: 'QUEUE', cell: ({ queue }) => queue },
    { head: 'TYPE', cell: ({ type }) => type },
    { head: 'STATE', cell: ({ state, outcome }) => outcome ?? state },
    { head: 'ATTEMPTS', cell: ({ attempts }) => attempts },
    { head: 'ADDED', cell: ({ createdAt }) => when(call, createdAt) },
    { head: 'ENDED', cell: ({ finishedAt }) => when(call, finishedAt) },
    { head: 'ERROR', cell: ({ errors: [newest] }) => newest?.message ?? '-' },
  ];
  return tableOrNone(call, columns, found, 'there are no such jobs');
}
