import type { BulkResult, Inspector, JobFilter, JobState } from '../inspector/inspector.ts';
import { type BulkOperationName, JOB_OPERATIONS, operateOnAll } from '../inspector/operations.ts';
import { countText, numberText } from '../texts.ts';
import { requireAgreement } from './agree.ts';
import { changed } from './change.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type OwnWords, warnOf } from './own-words.ts';
import { requireQueue } from './require-queue.ts';
import { show } from './show.ts';

/** What is to be done, and to which jobs of a queue. */
export interface MatchingOrder extends OwnWords {
  name: BulkOperationName;
  queue: string;
  state?: JobState;
  filter: JobFilter;
}

/** Does an operation to all jobs of a queue that pass a filter, once their number is known and agreed to. */
export async function operateOnMatching(
  call: Call,
  inspector: Inspector,
  { name, queue, ...criteria }: MatchingOrder,
): Promise<ExitCode> {
  await requireQueue(inspector, queue);
  const { action, done: doneWord } = JOB_OPERATIONS[name];
  const order = { queue, by: call.by, ...criteria };
  const warned = await warnOf(call, inspector, criteria);
  const look = await operateOnAll(inspector, name, { ...order, dryRun: true });
  if (call.shared.dryRun || look.matched === 0) return showLook(call, { ...look, ...warned }, doneWord);
  await requireAgreement(call, { verb: action, count: look.matched, of: ` of queue ${queue}` });
  const work = () => operateOnAll(inspector, name, order);
  const tell = ({ done, matched }: { done: number; matched: number }): string =>
    `${numberText(done)} of ${numberText(matched)} jobs ${doneWord}`;
  const result: BulkResult = await changed(
    call,
    inspector,
    { action, queue, id: null, to: criteria.to },
    work,
    tell,
  );
  await show(
    call,
    { ...result, ...warned },
    (found) => `${[tell(found), ...(found.left ?? [])].join('\n')}\n`,
  );
  return result.done < result.matched ? EXIT.partly : EXIT.done;
}

/** Shows how many jobs there are, none of which is changed. */
function showLook(call: Call, look: BulkResult, doneWord: string): Promise<ExitCode> {
  return show(call, look, ({ matched }) =>
    matched === 0 ? 'there are no such jobs\n' : `${countText(matched, 'job')} would be ${doneWord}\n`,
  );
}
