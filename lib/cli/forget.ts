import { FORGET_KINDS, type ForgetReport, LEFT_REASONS } from '../inspector/forget.ts';
import { escapeControls } from '../log-text.ts';
import { namesOf } from '../names-of.ts';
import { countText, numberText } from '../texts.ts';
import { requireAgreement } from './agree.ts';
import { changed } from './change.ts';
import { type Call, defineCommand } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { fieldOption } from './job-criteria.ts';
import { requireQueue } from './require-queue.ts';
import { show } from './show.ts';
import { flag, maybe } from './values.ts';

/** How many of those that were left are named on a screen. */
const NAMED = 10;

/** `apiary forget`: removes every trace of a person. */
export const forget = defineCommand({
  takes: { queue: maybe('the queue, else all of them') },
  options: {
    field: fieldOption('whose jobs: those with this value at this place in their data or headers'),
    running: flag('remove their jobs that run as well'),
  },
  run: async (call, { queue, field, running }) => {
    if (field === undefined)
      throw new CommandFailure(EXIT.wrongUse, 'say whom by --field, such as user.email=ada@example.com');
    const { inspector } = await call.open();
    if (queue !== undefined) await requireQueue(inspector, queue);
    const queues = queue === undefined ? {} : { queues: [queue] };
    const walk = (dryRun: boolean): Promise<ForgetReport> =>
      inspector.forget({ field, running, dryRun, ...queues });
    const { dryRun, yes } = call.shared;
    if (!dryRun && !yes) await agree(call, await walk(true));
    const work = (): Promise<ForgetReport> => walk(false);
    const report = dryRun
      ? await walk(true)
      : // The value is not noted: that would be one more trace.
        await changed(call, inspector, { action: 'forget', queue: queue ?? null, id: null }, work, said);
    await show(call, report, (done) => textOf(done, dryRun));
    return isWhole(report) ? EXIT.done : EXIT.partly;
  },
});

async function agree(call: Call, { forgotten }: ForgetReport): Promise<void> {
  const { jobs, ...others } = forgotten;
  const more = Object.values(others).reduce((sum, count) => sum + count, 0);
  const of = more > 0 ? ` and ${numberText(more)} other traces` : '';
  await requireAgreement(call, { verb: 'forget', count: jobs + more > 1 ? Math.max(2, jobs) : jobs, of });
}

function isWhole({ left, unreadable }: ForgetReport): boolean {
  return unreadable.length === 0 && Object.values(left).every((count) => count === 0);
}

function said({ forgotten, left }: ForgetReport): string {
  const parts = namesOf(FORGET_KINDS).filter((kind) => forgotten[kind] > 0);
  const lefts = namesOf(LEFT_REASONS).filter((reason) => left[reason] > 0);
  const counts = [
    ...parts.map((kind) => `${forgotten[kind]} ${kind}`),
    ...lefts.map((reason) => `${left[reason]} left: ${reason}`),
  ];
  return counts.join(', ') || 'nothing was found';
}

function textOf(
  { queues, looked, forgotten, left, leftIds, unreadable }: ForgetReport,
  isDry: boolean,
): string {
  const lines = [
    `${isDry ? 'would be forgotten' : 'forgotten'}, of ${numberText(looked)} looked at in ${countText(queues, 'queue')}:`,
  ];
  for (const kind of namesOf(FORGET_KINDS))
    if (forgotten[kind] > 0) lines.push(`  ${numberText(forgotten[kind])}  ${FORGET_KINDS[kind]}`);
  if (lines.length === 1) lines.push('  nothing');
  const kept = namesOf(LEFT_REASONS).filter((reason) => left[reason] > 0);
  if (kept.length > 0) lines.push('left:');
  for (const reason of kept) lines.push(`  ${numberText(left[reason])}  ${LEFT_REASONS[reason]}`);
  if (leftIds.length > 0) lines.push(escapeControls(`  such as ${leftIds.slice(0, NAMED).join(', ')}`));
  for (const { name, reason } of unreadable)
    lines.push(escapeControls(`queue ${name} could not be gone over: ${reason}`));
  return `${lines.join('\n')}\n`;
}
