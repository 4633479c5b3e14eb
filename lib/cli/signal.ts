import { JOB_OPERATIONS, operate } from '../inspector/operations.ts';
import { changed } from './change.ts';
import { defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { DATA_RULE, readGiven } from './given-data.ts';
import { JOB_WORDS, jobOfWords } from './job-words.ts';
import { show, showDry } from './show.ts';
import { text } from './values.ts';

/** `apiary signal`: gives a job a signal with data, for its handler that waits for it. */
export const signal = defineCommand({
  takes: JOB_WORDS,
  options: {
    name: text('name', 'the name of the signal'),
    data: text('json', `its data: ${DATA_RULE}; else null`),
  },
  run: async (call, { name, data: word, ...words }) => {
    if (name === undefined) throw new CommandFailure(EXIT.wrongUse, 'give --name, that of the signal');
    const { inspector } = await call.open();
    const { queue, id, state } = await jobOfWords(inspector, words);
    const data = word === undefined ? null : await readGiven(call, word);
    if (call.shared.dryRun) {
      return showDry(call, `job ${id} of queue ${queue} is ${state}, and would be given the signal ${name}`);
    }
    const work = () => operate(inspector, 'signal', { queue, id, by: call.by, signal: name, data });
    const change = { action: JOB_OPERATIONS.signal.action, queue, id };
    const { answer, created, text: told } = await changed(call, inspector, change, work, (done) => done.text);
    const sentence = created ? told : `Job ${id} had a signal of that name already, which counts.`;
    return show(call, answer, () => `${sentence}\n`);
  },
});
