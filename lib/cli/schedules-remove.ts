import { ApiaryError } from '../errors.ts';
import { SCHEDULE_OPERATIONS } from '../inspector/queue-operations.ts';
import { changed } from './change.ts';
import { defineCommand } from './command.ts';
import { show, showDry } from './show.ts';
import { one } from './values.ts';

/** `apiary schedules remove`: removes a schedule; what it fired stays. */
export const schedulesRemove = defineCommand({
  takes: { queue: one('the queue'), name: one('the schedule') },
  options: {},
  run: async (call, { queue, name: schedule }) => {
    const { inspector } = await call.open();
    if (call.shared.dryRun) {
      await inspector.schedules.next(queue, schedule, 1);
      return showDry(call, `schedule ${schedule} of queue ${queue} would be removed`);
    }
    const { action, run } = SCHEDULE_OPERATIONS.remove;
    const work = async () => {
      const told = await run(inspector, { queue, schedule, by: call.by });
      if (!told.done) throw new ApiaryError('SCHEDULE_NOT_FOUND', told.text);
      return told;
    };
    const change = { action, queue, id: schedule };
    const { text } = await changed(call, inspector, change, work, (told) => told.text);
    return show(call, { queue, schedule, change: 'removed' }, () => `${text}\n`);
  },
});
