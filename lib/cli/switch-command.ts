import { QUEUE_OPERATIONS } from '../inspector/queue-operations.ts';
import { changed } from './change.ts';
import { type CliCommand, defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { requireQueue } from './require-queue.ts';
import { show } from './show.ts';
import { one } from './values.ts';

/** The command that pauses a queue, and that which lets it go on. */
export function switchCommand(name: 'pause' | 'resume'): CliCommand {
  const { action, run } = QUEUE_OPERATIONS[name];
  return defineCommand({
    takes: { queue: one('the queue') },
    options: {},
    run: async (call, { queue }) => {
      const { inspector } = await call.open();
      await requireQueue(inspector, queue);
      if (call.shared.dryRun) {
        const isPaused = (await inspector.queue(queue)).paused !== null;
        const changes = isPaused === (name === 'resume');
        const word = changes ? `would be ${name}d` : isPaused ? 'is paused already' : 'is not paused';
        return show(call, { queue, paused: isPaused, changed: false }, () => `queue ${queue} ${word}\n`);
      }
      const work = () => run(inspector, { queue, by: call.by });
      const { done, text } = await changed(
        call,
        inspector,
        { action, queue, id: null },
        work,
        (told) => told.text,
      );
      await show(call, { queue, paused: name === 'pause', changed: done }, () => `${text}\n`);
      return EXIT.done;
    },
  });
}
