import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { runTop } from './top/run-top.ts';
import { whole } from './values.ts';

/** `apiary top`: shows queues, what runs, what failed and the workers, as they change, and acts on them by keys. */
export const top = defineCommand({
  takes: {},
  options: {
    every: whole('seconds between two looks at Redis', { least: 1, most: 3_600, otherwise: 2 }),
  },
  run: async (call, { every }) => {
    if (call.shared.json || !call.terminal.hasScreen) {
      const why = 'top is for a terminal with a screen and keys; queues, workers and failures print the same';
      throw new CommandFailure(EXIT.wrongUse, why);
    }
    await runTop(call, await call.open(), every * 1_000);
    return EXIT.done;
  },
});
