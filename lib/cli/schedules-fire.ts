import { ApiaryError } from '../errors.ts';
import { SCHEDULE_OPERATIONS } from '../inspector/queue-operations.ts';
import { changed } from './change.ts';
import { defineCommand } from './command.ts';
import { show, showDry } from './show.ts';
import { one } from './values.ts';

/** `apiary schedules fire`: adds a job of a schedule now. */
export const schedulesFire = defineCommand({
  takes: { queue: one('the queue'), name: one('the schedule') },
  options: {},
  run: async (call, { queue, name: schedule }) => {
    const { inspector } = await call.open();
    if (call.shared.dryRun) {
      await inspector.schedules.next(queue, schedule, 1);
      return showDry(call, `a job of schedule ${schedule} would be added to queue ${queue}`);
    }
    const { action, run } = SCHEDULE_OPERATIONS.fire;
    const work = async () => {
      const told = await run(inspector, { queue, schedule, by: call.by });
      if (!told.done) throw new ApiaryError('JOB_STATE_FORBIDS', told.text);
      return told;
    };
    const change = { action, queue, id: schedule };
    const { text, jobId: id } = await changed(call, inspector, change, work, (told) => told.text);
    return show(call, { queue, schedule, id }, () => `${text}\n`);
  },
});
