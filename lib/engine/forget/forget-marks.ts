import { markText, parseMark } from '../repairs/case-marks.ts';
import { runScript } from '../scripts.ts';
import { FORGET_STEP, type ForgetPart } from './forget-deps.ts';
import { leave } from './forget-report.ts';

/** Takes the person out of what was said of kinds of failures; the rest of it stays. */
export const forgetMarks: ForgetPart = async ({ client, keys, traces, dryRun }, at, step) => {
  const [next, pairs] = await client.hscan(keys.caseMarks, at, 'COUNT', FORGET_STEP);
  for (const [place, before] of pairs.entries()) {
    const mark = place % 2 === 1 ? parseMark(before) : null;
    if (mark === null || !traces.areNamedIn(mark)) continue;
    step.forgotten.keys++;
    if (dryRun) continue;
    const args = { field: pairs[place - 1] ?? '', before, after: markText(traces.cleaned(mark)) };
    const isDone = await runScript(client, { script: 'swap', keys: { hash: keys.caseMarks }, args });
    if (!isDone) leave(step, 'changed');
  }
  return next;
};
