import { ApiaryError, type ErrorCode } from '../errors.ts';
import type { Inspector } from '../inspector/inspector.ts';
import {
  appliesTo,
  type Done,
  JOB_OPERATIONS,
  type JobOperationName,
  operate,
} from '../inspector/operations.ts';
import { escapeControls } from '../log-text.ts';
import { requireAgreement } from './agree.ts';
import { changed } from './change.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type JobTargetWords, targetsOf } from './job-targets.ts';
import { type OwnWords, warnOf } from './own-words.ts';
import { openProgress } from './progress.ts';
import { sayError } from './run.ts';
import { documentText, lineText } from './show.ts';

/** A job, and what else is said. */
type Told = JobTargetWords & OwnWords;

/** With these one job stays as it is, and the others go on. */
const LEAVE_ALONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['JOB_STATE_FORBIDS', 'JOB_TIED', 'JOB_EXISTS'] as const),
  ...(['QUEUE_FULL', 'ENCRYPTION_KEY_MISSING', 'RECORD_TAMPERED'] as const),
]);

/** What of the jobs could not be changed, by why. */
interface Refusals {
  missing: number;
  forbidden: number;
}

/** Does an operation to the jobs that the words name, each by itself: one that is refused stops no other. */
export async function operateOnTargets(
  call: Call,
  inspector: Inspector,
  { name, words, ...own }: OwnWords & { name: JobOperationName; words: readonly string[] },
): Promise<ExitCode> {
  const targets = await targetsOf(call, inspector, words);
  const [only, ...others] = targets;
  const warned = await warnOf(call, inspector, own);
  if (call.shared.dryRun) return lookAt(call, inspector, { name, targets });
  await requireAgreement(call, { verb: JOB_OPERATIONS[name].action, count: targets.length });
  const toText = only && others.length === 0 ? (done: Done) => documentText(call, done.answer) : lineOf;
  const refusals: Refusals = { missing: 0, forbidden: 0 };
  const progress = openProgress(call, JOB_OPERATIONS[name].done, targets.length);
  for (const [at, target] of targets.entries()) {
    const done = await operateOn(call, inspector, { name, target: { ...target, ...own }, refusals });
    const said = done && { ...done, answer: { ...done.answer, ...warned } };
    if (said) await call.terminal.out(call.shared.json ? toText(said) : `${escapeControls(said.text)}\n`);
    progress.at(at + 1);
  }
  progress.end();
  return exitCodeOf(refusals, targets.length);
}

function lineOf({ answer }: Done): string {
  return lineText(answer);
}

async function operateOn(
  call: Call,
  inspector: Inspector,
  { name, target, refusals }: { name: JobOperationName; target: Told; refusals: Refusals },
): Promise<Done | null> {
  const { action } = JOB_OPERATIONS[name];
  const work = () => operate(inspector, name, { ...target, by: call.by });
  try {
    const { queue, id, to } = target;
    return await changed(call, inspector, { action, queue, id, to }, work, ({ text }) => text);
  } catch (error) {
    if (!(error instanceof ApiaryError)) throw error;
    if (error.code === 'JOB_NOT_FOUND') refusals.missing++;
    else if (LEAVE_ALONE.has(error.code)) refusals.forbidden++;
    else throw error;
    sayError(call.terminal, error.message);
    return null;
  }
}

/** That all were missing is another thing than that some could not be. */
function exitCodeOf({ missing, forbidden }: Refusals, total: number): ExitCode {
  if (missing + forbidden === 0) return EXIT.done;
  return missing === total ? EXIT.notFound : EXIT.partly;
}

async function lookAt(
  call: Call,
  inspector: Inspector,
  { name, targets }: { name: JobOperationName; targets: readonly JobTargetWords[] },
): Promise<ExitCode> {
  let matched = 0;
  const lines: string[] = [];
  for (const { queue, id } of targets) {
    const job = await inspector.job(queue, id);
    const applies = job !== null && appliesTo(name, job.state);
    if (applies) matched++;
    const what = applies ? `would be ${JOB_OPERATIONS[name].done}` : 'would be left alone';
    lines.push(`job ${id} of queue ${queue} is ${job?.state ?? 'not there'}: it ${what}`);
  }
  const text = lines.map((line) => `${escapeControls(line)}\n`).join('');
  await call.terminal.out(call.shared.json ? documentText(call, { matched, done: 0 }) : text);
  return matched < targets.length ? EXIT.partly : EXIT.done;
}
