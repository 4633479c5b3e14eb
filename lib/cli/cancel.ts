import { isReason, REASON_RULE } from '../inspector/cancel-options.ts';
import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { OPERATION_WORDS, operationOptions, runOperation } from './operation-command.ts';
import { text } from './values.ts';

/** `apiary cancel`: ends jobs that wait, and tells the handlers of those that run to stop. */
export const cancel = defineCommand({
  takes: OPERATION_WORDS,
  options: {
    ...operationOptions('cancel'),
    reason: text('why', 'why, for the handler and for who looks at the job'),
  },
  run: (call, { words, reason, ...criteria }) => {
    if (reason === undefined || isReason(reason))
      return runOperation(call, { name: 'cancel', words, criteria, reason });
    throw new CommandFailure(EXIT.wrongUse, `--reason must be ${REASON_RULE}`);
  },
});
