import { SCHEDULE_OPERATIONS } from '../inspector/queue-operations.ts';
import { changed } from './change.ts';
import { type CliCommand, defineCommand } from './command.ts';
import { show, showDry } from './show.ts';
import { one } from './values.ts';

/** What each answers to a program as its change. */
const CHANGES = { pause: 'paused', resume: 'resumed' } as const;

/** The command that pauses a schedule, and that which lets it fire again. */
export function scheduleSwitch(name: keyof typeof CHANGES): CliCommand {
  const { action, run } = SCHEDULE_OPERATIONS[name];
  return defineCommand({
    takes: { queue: one('the queue'), name: one('the schedule') },
    options: {},
    run: async (call, { queue, name: schedule }) => {
      const { inspector } = await call.open();
      if (call.shared.dryRun) {
        await inspector.schedules.next(queue, schedule, 1);
        return showDry(call, `schedule ${schedule} of queue ${queue} would be ${CHANGES[name]}`);
      }
      const work = () => run(inspector, { queue, schedule, by: call.by });
      const change = { action, queue, id: schedule };
      const { done, text } = await changed(call, inspector, change, work, (told) => told.text);
      return show(call, { queue, schedule, change: done ? CHANGES[name] : 'unchanged' }, () => `${text}\n`);
    },
  });
}
