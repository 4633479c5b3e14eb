import { LOGGED_LEVELS } from '../inspector/inspector.ts';
import { isMessage, MESSAGE_RULE } from '../inspector/log-line.ts';
import { JOB_OPERATIONS, operate } from '../inspector/operations.ts';
import { changed } from './change.ts';
import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { JOB_WORDS, jobOfWords } from './job-words.ts';
import { show, showDry } from './show.ts';
import { choice, text } from './values.ts';

/** `apiary log`: adds a line to the log of a job. */
export const log = defineCommand({
  takes: JOB_WORDS,
  options: {
    message: text('text', `the line: ${MESSAGE_RULE}`),
    level: choice(LOGGED_LEVELS, 'how grave it is; default info'),
  },
  run: async (call, { message, level, ...words }) => {
    if (!isMessage(message)) throw new CommandFailure(EXIT.wrongUse, `--message must be ${MESSAGE_RULE}`);
    const { inspector } = await call.open();
    const { queue, id } = await jobOfWords(inspector, words);
    if (call.shared.dryRun)
      return showDry(call, `a line would be added to the log of job ${id} of queue ${queue}`);
    const target = { queue, id, by: call.by, message, level };
    const change = { action: JOB_OPERATIONS.log.action, queue, id };
    const work = () => operate(inspector, 'log', target);
    const { answer, text: told } = await changed(call, inspector, change, work, (done) => done.text);
    return show(call, answer, () => `${told}\n`);
  },
});
