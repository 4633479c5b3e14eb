import { defineCommand } from './command.ts';
import { jobText } from './job-text.ts';
import { JOB_WORDS, jobOfWords } from './job-words.ts';
import { show } from './show.ts';

/** `apiary job`: shows one job, with what happened to it. */
export const job = defineCommand({
  takes: JOB_WORDS,
  options: {},
  run: async (call, words) => {
    const { inspector } = await call.open();
    return show(call, await jobOfWords(inspector, words), (found) => jobText(call, found));
  },
});
