import { isName, NAME_RULE } from '../names.ts';
import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { OPERATION_WORDS, operationOptions, runOperation } from './operation-command.ts';
import { text } from './values.ts';

/** `apiary move`: moves jobs that do not run to another queue. */
export const move = defineCommand({
  takes: OPERATION_WORDS,
  options: { ...operationOptions('move'), to: text('queue', 'the other queue') },
  run: (call, { words, to, ...criteria }) => {
    if (to === undefined) throw new CommandFailure(EXIT.wrongUse, 'say where to, by --to');
    if (!isName(to)) throw new CommandFailure(EXIT.wrongUse, `--to must be ${NAME_RULE}`);
    return runOperation(call, { name: 'move', words, criteria, to });
  },
});
