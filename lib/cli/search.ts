import { JOB_STATES } from '../inspector/inspector.ts';
import { numberText } from '../texts.ts';
import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { CRITERIA, toSearch } from './job-criteria.ts';
import { jobsText } from './jobs.ts';
import { requireQueue } from './require-queue.ts';
import { show, tellMore } from './show.ts';
import { choice, maybe, text, whole } from './values.ts';

/** Says what a search could not look into; '' where that is nothing. */
function closedText(closed: number): string {
  return closed === 0
    ? ''
    : `; ${numberText(closed)} are encrypted, and cannot be looked into without their keys`;
}

/** `apiary search`: finds the jobs with an id in all queues, or searches a queue. */
export const search = defineCommand({
  takes: { id: maybe('of the job, in whatever queue; or else --queue') },
  options: {
    queue: text('queue', 'the queue to search'),
    state: choice(JOB_STATES, 'only those in this state'),
    ...CRITERIA,
    most: whole('how many jobs are looked at', { least: 1, most: 100_000, otherwise: 10_000 }),
    limit: whole('how many are found at most', { least: 1, most: 1_000, otherwise: 100 }),
    cursor: text('text', 'go on behind the page before'),
  },
  run: async (call, { id, queue, most, limit, cursor = null, ...criteria }) => {
    const search = toSearch(criteria);
    if (
      (id === undefined) === (queue === undefined) ||
      (id !== undefined && Object.keys(search).length > 0)
    ) {
      throw new CommandFailure(
        EXIT.wrongUse,
        'give the id of a job, or --queue and what to search for there',
      );
    }
    const { inspector } = await call.open();
    if (queue === undefined) {
      const jobs = await inspector.find(id ?? '');
      const found = { jobs, scanned: jobs.length, closed: 0, total: jobs.length, cursor: null };
      await show(call, found, () => jobsText(call, jobs));
      return jobs.length === 0 ? EXIT.notFound : EXIT.done;
    }
    await requireQueue(inspector, queue);
    const found = await inspector.search(queue, { ...search, most, limit, cursor });
    const looked = `${numberText(found.scanned)} of ${numberText(found.total)} jobs were looked at${closedText(found.closed)}\n`;
    await show(call, found, ({ jobs }) => `${jobsText(call, jobs)}${looked}`);
    tellMore(call, found.cursor);
    return EXIT.done;
  },
});
