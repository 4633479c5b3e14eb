import { LOWEST_PRIORITY } from '../inspector/inspector.ts';
import { JOB_OPERATIONS, operate } from '../inspector/operations.ts';
import { changed } from './change.ts';
import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { DATA_RULE, readGiven } from './given-data.ts';
import { JOB_WORDS, jobOfWords } from './job-words.ts';
import { show, showDry } from './show.ts';
import { moment, text, whole } from './values.ts';

/** `apiary edit`: replaces the data of a job that does not run, or its priority and start while it waits. */
export const edit = defineCommand({
  takes: JOB_WORDS,
  options: {
    data: text('json', `the new data: ${DATA_RULE}`),
    runAt: moment('when a waiting or delayed job is to start'),
    priority: whole('which jobs are served first, from 0 to 9', { least: 0, most: LOWEST_PRIORITY }),
  },
  run: async (call, { data: word, runAt, priority, ...words }) => {
    if (word === undefined && runAt === undefined && priority === undefined) {
      throw new CommandFailure(EXIT.wrongUse, 'give --data, --run-at or --priority');
    }
    const { inspector } = await call.open();
    const { queue, id, state } = await jobOfWords(inspector, words);
    const data = word === undefined ? undefined : await readGiven(call, word);
    const others = priority === undefined ? 'edit' : 'setPriority';
    const name = runAt === undefined ? others : 'reschedule';
    if (call.shared.dryRun) {
      return showDry(call, `job ${id} of queue ${queue} is ${state}, and would be changed`);
    }
    const target = {
      ...{ queue, id, by: call.by },
      ...(data !== undefined && { data }),
      ...(runAt !== undefined && { runAt }),
      ...(priority !== undefined && { priority }),
    };
    const work = () => operate(inspector, name, target);
    const change = { action: JOB_OPERATIONS[name].action, queue, id };
    const { answer, text: told } = await changed(call, inspector, change, work, (done) => done.text);
    return show(call, answer, () => `${told}\n`);
  },
});
