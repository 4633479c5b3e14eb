import type { WhyReason } from '../inspector/inspector.ts';
import { escapeControls } from '../log-text.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-code.ts';
import { JOB_WORDS, jobOfWords } from './job-words.ts';
import { documentText } from './show.ts';

/** `apiary why`: tells why a job is not running, the most important reason first. */
export const why = defineCommand({
  takes: JOB_WORDS,
  options: {},
  run: async (call, { queueOrId, id }) => {
    const { inspector } = await call.open();
    // Of a job that is to come, as that of a batch, there is a reason too; so with both words it need not be there.
    const job = id === undefined ? await jobOfWords(inspector, { queueOrId, id }) : { queue: queueOrId, id };
    const reasons = await inspector.why(job.queue, job.id);
    const text = reasons.map((reason) => `${escapeControls(reason.text)}\n`).join('');
    await call.terminal.out(call.shared.json ? documentText(call, { reasons }) : text);
    return reasons.some(isMissing) ? EXIT.notFound : EXIT.done;
  },
});

function isMissing({ reason }: WhyReason): boolean {
  return reason === 'not-found';
}
